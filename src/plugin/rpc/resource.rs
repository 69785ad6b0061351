//! Calls about resources.
//!
//! Promises: private state comes back from every call; a state that was there is never lost to an error of ours. Every field of a
//! request is named here, so that a new one breaks the build.

use crate::plugin::config;
use crate::plugin::diagnostic::{Diagnostic, Diagnostics};
use crate::plugin::exchange::Private;
use crate::plugin::in_flight::Stop;
use crate::plugin::proto::tfplugin6 as proto;
use crate::plugin::rpc::catalog::{Catalog, Shaped};
use crate::plugin::rpc::{to_proto, wire};
use crate::plugin::{json, pipeline};

pub(super) fn validate(
    catalog: &Catalog,
    request: proto::validate_resource_config::Request,
) -> Result<proto::validate_resource_config::Response, Diagnostics> {
    let proto::validate_resource_config::Request { type_name, config, client_capabilities: _ } = request;
    let entry = catalog.resource(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let config = wire::read_config(config, schema, ty)?;
    let mut diagnostics = config::validate(&schema.block, &config);
    diagnostics.extend(entry.item.validate(&config));
    Ok(proto::validate_resource_config::Response { diagnostics: to_proto::diagnostics(diagnostics) })
}

pub(super) fn upgrade(
    catalog: &Catalog,
    request: proto::upgrade_resource_state::Request,
) -> Result<proto::upgrade_resource_state::Response, Diagnostics> {
    let proto::upgrade_resource_state::Request { type_name, version, raw_state } = request;
    let entry = catalog.resource(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let proto::RawState { json: text, flatmap } = raw_state.unwrap_or_default();
    if text.is_empty() {
        let detail = if flatmap.is_empty() {
            format!("Terraform sent no state of `{type_name}` to upgrade.")
        } else {
            format!(
                "The state of `{type_name}` has the form of Terraform 0.11 and older, which this provider does not read. \
                 Remove the resource from the state and import it."
            )
        };
        return Err(Diagnostic::error("Unable to upgrade resource state", detail).into());
    }
    let mut state = wire::parse(&text).map_err(|error| wire::unreadable("state", &error))?;
    if version > schema.version {
        let detail = format!(
            "The state of `{type_name}` has version {version}; this provider knows versions up to {}. Use the newer provider that wrote it.",
            schema.version
        );
        return Err(Diagnostic::error("Unable to upgrade resource state", detail).into());
    }
    if version < schema.version {
        state = entry.item.upgrade(version, state)?;
    }
    let state = json::decode(&state, ty).map_err(|error| wire::unreadable("state", &error))?;
    let state = pipeline::upgraded(schema, state);
    let upgraded = wire::write(Some(&state), ty).map_err(|error| wire::unwritable("upgraded state", &error))?;
    Ok(proto::upgrade_resource_state::Response { upgraded_state: Some(upgraded), diagnostics: Vec::new() })
}

pub(super) async fn read(
    catalog: &Catalog,
    request: proto::read_resource::Request,
    stop: Stop,
) -> Result<proto::read_resource::Response, Diagnostics> {
    let proto::read_resource::Request { type_name, current_state, private, provider_meta: _, client_capabilities: _, current_identity: _ } =
        request;
    let entry = catalog.resource(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let Some(state) = wire::read_object(current_state, ty, "state")? else {
        return Ok(proto::read_resource::Response { new_state: Some(null()), private, ..Default::default() });
    };
    let before = wire::write(Some(&state), ty);
    let mut response = pipeline::read(&*entry.item, schema, state, Private(private), stop).await;
    let new_state = wire::write(response.state.as_ref(), ty).or_else(|error| {
        response.diagnostics.push(wire::unwritable("state", &error));
        before
    });
    Ok(proto::read_resource::Response {
        new_state: new_state.ok(),
        private: response.private.unwrap_or_default().0,
        diagnostics: to_proto::diagnostics(response.diagnostics),
        deferred: None,
        new_identity: None,
    })
}

pub(super) async fn plan(
    catalog: &Catalog,
    request: proto::plan_resource_change::Request,
    stop: Stop,
) -> Result<proto::plan_resource_change::Response, Diagnostics> {
    let proto::plan_resource_change::Request {
        type_name,
        prior_state,
        proposed_new_state,
        config,
        prior_private,
        provider_meta: _,
        client_capabilities: _,
        prior_identity: _,
        planned_private: _,
    } = request;
    let entry = catalog.resource(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let prior = wire::read_object(prior_state, ty, "state")?;
    let proposed = wire::read_object(proposed_new_state, ty, "proposed state")?;
    let config = match &proposed {
        Some(_) => wire::read_config(config, schema, ty)?,
        None => wire::read_object(config, ty, "configuration")?.unwrap_or_default(),
    };
    let mut response = pipeline::plan(&*entry.item, schema, config, prior, proposed, Private(prior_private), stop).await;
    let planned = wire::write(response.planned.as_ref(), ty);
    let planned_state = planned.map_err(|error| response.diagnostics.push(wire::unwritable("plan", &error))).ok();
    Ok(proto::plan_resource_change::Response {
        planned_state,
        requires_replace: response.requires_replace.iter().map(to_proto::path).collect(),
        planned_private: response.private.unwrap_or_default().0,
        diagnostics: to_proto::diagnostics(response.diagnostics),
        legacy_type_system: false,
        deferred: None,
        planned_identity: None,
    })
}

pub(super) async fn apply(
    catalog: &Catalog,
    request: proto::apply_resource_change::Request,
    stop: Stop,
) -> Result<proto::apply_resource_change::Response, Diagnostics> {
    let proto::apply_resource_change::Request {
        type_name,
        prior_state,
        planned_state,
        config,
        planned_private,
        provider_meta: _,
        planned_identity: _,
    } = request;
    let entry = catalog.resource(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let prior = wire::read_object(prior_state, ty, "state")?;
    let planned = wire::read_object(planned_state, ty, "planned state")?;
    let config = match &planned {
        Some(_) => wire::read_config(config, schema, ty)?,
        None => wire::read_object(config, ty, "configuration")?.unwrap_or_default(),
    };
    let before = wire::write(prior.as_ref(), ty);
    let mut response = pipeline::apply(&*entry.item, schema, config, prior, planned, Private(planned_private), stop).await;
    let new_state = wire::write(response.state.as_ref(), ty).or_else(|error| {
        response.diagnostics.push(wire::unwritable("state", &error));
        before
    });
    Ok(proto::apply_resource_change::Response {
        new_state: new_state.ok(),
        private: response.private.unwrap_or_default().0,
        diagnostics: to_proto::diagnostics(response.diagnostics),
        legacy_type_system: false,
        new_identity: None,
    })
}

pub(super) async fn import(
    catalog: &Catalog,
    request: proto::import_resource_state::Request,
    stop: Stop,
) -> Result<proto::import_resource_state::Response, Diagnostics> {
    let proto::import_resource_state::Request { type_name, id, client_capabilities: _, identity } = request;
    let entry = catalog.resource(&type_name)?;
    if id.is_empty() && identity.is_some() {
        let detail =
            format!("Resources of type `{type_name}` have no identity. Import with `id`, as the documentation of the resource says.");
        return Err(Diagnostic::error("Import by identity not possible", detail).into());
    }
    let Shaped { schema, ty } = entry.shaped();
    let mut response = pipeline::import(&*entry.item, schema, id, stop).await;
    let mut imported_resources = Vec::new();
    if let Some(state) = &response.state {
        match wire::write(Some(state), ty) {
            Ok(state) => imported_resources.push(proto::import_resource_state::ImportedResource {
                type_name,
                state: Some(state),
                private: response.private.unwrap_or_default().0,
                identity: None,
            }),
            Err(error) => response.diagnostics.push(wire::unwritable("imported state", &error)),
        }
    }
    Ok(proto::import_resource_state::Response {
        imported_resources,
        diagnostics: to_proto::diagnostics(response.diagnostics),
        deferred: None,
    })
}

fn null() -> proto::DynamicValue {
    proto::DynamicValue { msgpack: vec![0xc0], json: Vec::new() }
}
