//! Calls about data sources.

use crate::plugin::diagnostic::Diagnostics;
use crate::plugin::in_flight::Stop;
use crate::plugin::proto::tfplugin6 as proto;
use crate::plugin::rpc::catalog::{Catalog, Shaped};
use crate::plugin::rpc::{to_proto, wire};
use crate::plugin::{config, pipeline};

pub(super) fn validate(
    catalog: &Catalog,
    request: proto::validate_data_resource_config::Request,
) -> Result<proto::validate_data_resource_config::Response, Diagnostics> {
    let proto::validate_data_resource_config::Request { type_name, config } = request;
    let entry = catalog.data_source(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let config = wire::read_config(config, schema, ty)?;
    let mut diagnostics = config::validate(&schema.block, &config);
    diagnostics.extend(entry.item.validate(&config));
    Ok(proto::validate_data_resource_config::Response { diagnostics: to_proto::diagnostics(diagnostics) })
}

pub(super) async fn read(
    catalog: &Catalog,
    request: proto::read_data_source::Request,
    stop: Stop,
) -> Result<proto::read_data_source::Response, Diagnostics> {
    let proto::read_data_source::Request { type_name, config, provider_meta: _, client_capabilities: _ } = request;
    let entry = catalog.data_source(&type_name)?;
    let Shaped { schema, ty } = entry.shaped();
    let config = wire::read_config(config, schema, ty)?;
    let mut response = pipeline::read_data(&*entry.item, schema, config, stop).await;
    let written = wire::write(response.state.as_ref(), ty);
    let state = written.map_err(|error| response.diagnostics.push(wire::unwritable("result", &error))).ok();
    Ok(proto::read_data_source::Response { state, diagnostics: to_proto::diagnostics(response.diagnostics), deferred: None })
}
