//! Calls that ask what there is, and those about the provider's own configuration.

use crate::plugin::config;
use crate::plugin::diagnostic::{Diagnostic, Diagnostics};
use crate::plugin::exchange::ConfigureRequest;
use crate::plugin::in_flight::Stop;
use crate::plugin::proto::tfplugin6 as proto;
use crate::plugin::rpc::catalog::{Catalog, Shaped};
use crate::plugin::rpc::{to_proto, wire};
use crate::plugin::schema::{Mistake, Schema};

pub(super) fn metadata(catalog: &Catalog) -> proto::get_metadata::Response {
    use proto::get_metadata::{DataSourceMetadata, FunctionMetadata, ResourceMetadata};
    proto::get_metadata::Response {
        server_capabilities: Some(to_proto::capabilities()),
        data_sources: catalog.data_sources.keys().map(|name| DataSourceMetadata { type_name: name.clone() }).collect(),
        resources: catalog.resources.keys().map(|name| ResourceMetadata { type_name: name.clone() }).collect(),
        functions: catalog.functions.keys().map(|name| FunctionMetadata { name: name.clone() }).collect(),
        ..Default::default()
    }
}

pub(super) fn schemas(catalog: &Catalog) -> proto::get_provider_schema::Response {
    let resources = catalog.resources.iter();
    let data_sources = catalog.data_sources.iter();
    // A released provider was linted by its tests; one under development says at once what is wrong.
    let mistakes = if cfg!(debug_assertions) { lint(catalog) } else { Vec::new() };
    let diagnostics = mistakes.iter().map(|mistake| Diagnostic::error("Bug in the provider", format!("{mistake}."))).collect();
    proto::get_provider_schema::Response {
        diagnostics: to_proto::diagnostics(diagnostics),
        provider: Some(to_proto::schema(&catalog.provider_schema().schema)),
        resource_schemas: resources.map(|(name, entry)| (name.clone(), to_proto::schema(&entry.shaped().schema))).collect(),
        data_source_schemas: data_sources.map(|(name, entry)| (name.clone(), to_proto::schema(&entry.shaped().schema))).collect(),
        functions: functions(catalog).functions,
        server_capabilities: Some(to_proto::capabilities()),
        ..Default::default()
    }
}

pub(super) fn functions(catalog: &Catalog) -> proto::get_functions::Response {
    let functions = catalog.functions.iter().map(|(name, entry)| (name.clone(), to_proto::function(entry.signature())));
    proto::get_functions::Response { functions: functions.collect(), diagnostics: Vec::new() }
}

pub(super) fn validate(
    catalog: &Catalog,
    request: proto::validate_provider_config::Request,
) -> Result<proto::validate_provider_config::Response, Diagnostics> {
    let proto::validate_provider_config::Request { config } = request;
    let Shaped { schema, ty } = catalog.provider_schema();
    let config = wire::read_config(config, schema, ty)?;
    let mut diagnostics = config::validate(&schema.block, &config);
    diagnostics.extend(catalog.provider.item.validate(&config));
    Ok(proto::validate_provider_config::Response { diagnostics: to_proto::diagnostics(diagnostics) })
}

pub(super) async fn configure(
    catalog: &Catalog,
    request: proto::configure_provider::Request,
    stop: Stop,
) -> Result<proto::configure_provider::Response, Diagnostics> {
    let proto::configure_provider::Request { terraform_version, config, client_capabilities: _ } = request;
    let Shaped { schema, ty } = catalog.provider_schema();
    let config = wire::read_config(config, schema, ty)?;
    let diagnostics = catalog.provider.item.configure(ConfigureRequest { config, terraform_version, stop }).await;
    Ok(proto::configure_provider::Response { diagnostics: to_proto::diagnostics(diagnostics) })
}

/// Returns every mistake in what a provider describes, each with where it is; a correct provider has none.
pub(super) fn lint(catalog: &Catalog) -> Vec<Mistake> {
    let within = |root: &str, mistake: Mistake| {
        let place = if mistake.place.is_empty() { root.to_owned() } else { format!("{root}.{}", mistake.place) };
        Mistake { place, ..mistake }
    };
    let schema = |name: &str, schema: &Schema| schema.lint().into_iter().map(|mistake| within(name, mistake)).collect::<Vec<_>>();
    let mut mistakes: Vec<Mistake> =
        catalog.provider_schema().schema.lint_provider().into_iter().map(|found| within("provider", found)).collect();
    mistakes.extend(catalog.resources.iter().flat_map(|(name, entry)| schema(name, &entry.shaped().schema)));
    mistakes.extend(catalog.data_sources.iter().flat_map(|(name, entry)| schema(name, &entry.shaped().schema)));
    for (name, entry) in &catalog.functions {
        let signature = entry.signature();
        let mut taken = std::collections::BTreeSet::new();
        for parameter in signature.parameters.iter().chain(&signature.variadic) {
            let lower = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
            let place = format!("{name}.{}", parameter.name);
            if !parameter.name.starts_with(|first: char| first.is_ascii_lowercase()) || !parameter.name.chars().all(lower) {
                mistakes
                    .push(Mistake { place: place.clone(), text: "a parameter is named by lower-case letters, digits and `_`".to_owned() });
            }
            if !taken.insert(&parameter.name) {
                mistakes.push(Mistake { place, text: "the name is taken by another parameter".to_owned() });
            }
        }
    }
    mistakes
}
