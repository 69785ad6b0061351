//! The service, driven by its calls.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tonic::{Code, Request};

use self::proto::provider_server::Provider as _;
use self::toy::Toy;
use super::*;
use crate::plugin::{Type, Value, msgpack};

mod calls;
mod lifecycle;
mod toy;

fn service() -> Service {
    Service::new(Arc::new(Toy::new()))
}

fn thing() -> Type {
    Toy::new().resources()[0].schema().object_type()
}

fn dynamic(value: &Value, ty: &Type) -> Option<proto::DynamicValue> {
    Some(proto::DynamicValue { msgpack: msgpack::encode(value, ty).unwrap(), json: Vec::new() })
}

fn state(value: &Value) -> Option<proto::DynamicValue> {
    dynamic(value, &thing())
}

fn value(wire: &Option<proto::DynamicValue>) -> Value {
    msgpack::decode(&wire.as_ref().unwrap().msgpack, &thing()).unwrap()
}

fn config(name: &str) -> Value {
    Toy::new().resources()[0].schema().block.blank().with("name", name)
}

fn texts(diagnostics: &[proto::Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|found| format!("{}: {}: {}", found.severity, found.summary, found.detail)).collect()
}
