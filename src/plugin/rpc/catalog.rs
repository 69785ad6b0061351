//! What a provider has, by name, each schema made at most once and only when it is asked for.
//!
//! Promises: no call needs another one to have come before; an unknown name is an error that says what to do.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::plugin::diagnostic::{Diagnostic, Diagnostics};
use crate::plugin::function::{Function, Signature};
use crate::plugin::provider::{DataSource, Provider, Resource};
use crate::plugin::schema::Schema;
use crate::plugin::ty::Type;

/// A schema with the type of its objects.
#[derive(Debug)]
pub(super) struct Shaped {
    pub(super) schema: Schema,
    pub(super) ty: Type,
}

impl Shaped {
    fn new(schema: Schema) -> Shaped {
        Shaped { ty: schema.object_type(), schema }
    }
}

/// Something of the provider, with what describes it once that was asked for.
pub(super) struct Entry<T: ?Sized, D> {
    pub(super) item: Arc<T>,
    described: OnceLock<D>,
}

impl<T: ?Sized, D> Entry<T, D> {
    fn new(item: Arc<T>) -> Entry<T, D> {
        Entry { item, described: OnceLock::new() }
    }
}

impl Entry<dyn Resource, Shaped> {
    pub(super) fn shaped(&self) -> &Shaped {
        self.described.get_or_init(|| Shaped::new(self.item.schema()))
    }
}

impl Entry<dyn DataSource, Shaped> {
    pub(super) fn shaped(&self) -> &Shaped {
        self.described.get_or_init(|| Shaped::new(self.item.schema()))
    }
}

impl Entry<dyn Function, Signature> {
    pub(super) fn signature(&self) -> &Signature {
        self.described.get_or_init(|| self.item.signature())
    }
}

pub(super) struct Catalog {
    pub(super) provider: Entry<dyn Provider, Shaped>,
    pub(super) resources: BTreeMap<String, Entry<dyn Resource, Shaped>>,
    pub(super) data_sources: BTreeMap<String, Entry<dyn DataSource, Shaped>>,
    pub(super) functions: BTreeMap<String, Entry<dyn Function, Signature>>,
}

impl Catalog {
    pub(super) fn new(provider: Arc<dyn Provider>) -> Catalog {
        let resources = provider.resources().into_iter();
        let data_sources = provider.data_sources().into_iter();
        let functions = provider.functions().into_iter();
        Catalog {
            resources: resources.map(|item| (item.type_name().to_owned(), Entry::new(item))).collect(),
            data_sources: data_sources.map(|item| (item.type_name().to_owned(), Entry::new(item))).collect(),
            functions: functions.map(|item| (item.name().to_owned(), Entry::new(item))).collect(),
            provider: Entry::new(provider),
        }
    }

    pub(super) fn provider_schema(&self) -> &Shaped {
        self.provider.described.get_or_init(|| Shaped::new(self.provider.item.schema()))
    }

    pub(super) fn resource(&self, name: &str) -> Result<&Entry<dyn Resource, Shaped>, Diagnostics> {
        self.resources.get(name).ok_or_else(|| unknown("resource", name))
    }

    pub(super) fn data_source(&self, name: &str) -> Result<&Entry<dyn DataSource, Shaped>, Diagnostics> {
        self.data_sources.get(name).ok_or_else(|| unknown("data source", name))
    }
}

fn unknown(kind: &str, name: &str) -> Diagnostics {
    let detail = format!("This version of the provider has no {kind} of type `{name}`. Use a version that has it, or remove what uses it.");
    Diagnostic::error(format!("Unknown {kind} type"), detail).into()
}
