//! From our words to those of the wire: schemas, functions, diagnostics, paths.
//!
//! Promises: what Terraform cannot do without is always there: a block in every schema, a return type in every function, a severity in
//! every diagnostic, and no empty path.

use crate::plugin::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plugin::function::{FunctionError, Parameter, Signature};
use crate::plugin::path::{AttributePath, Step};
use crate::plugin::proto::tfplugin6 as proto;
use crate::plugin::schema::{Attribute, Block, BlockMode, NestedBlock, NestedMode, Origin, Schema, Shape};

/// What this server can do beyond the first version of the protocol.
pub(super) fn capabilities() -> proto::ServerCapabilities {
    proto::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
        generate_resource_config: false,
    }
}

pub(super) fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

fn block(block: &Block) -> proto::schema::Block {
    proto::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::schema::Block::default()
    }
}

fn nested_block(nested: &NestedBlock) -> proto::schema::NestedBlock {
    use proto::schema::nested_block::NestingMode;
    let nesting = match nested.mode {
        BlockMode::Single => NestingMode::Single,
        BlockMode::List => NestingMode::List,
    };
    proto::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: nested.min.into(),
        max_items: nested.max.into(),
    }
}

fn attribute(attribute: &Attribute) -> proto::schema::Attribute {
    let (ty, nested_type) = match &attribute.shape {
        Shape::Type(ty) => (ty.to_json().into_bytes(), None),
        Shape::Nested(nested) => {
            use proto::schema::object::NestingMode;
            let nesting = match nested.mode {
                NestedMode::Single => NestingMode::Single,
                NestedMode::List => NestingMode::List,
                NestedMode::Set => NestingMode::Set,
                NestedMode::Map => NestingMode::Map,
            };
            let attributes = nested.attributes.iter().map(self::attribute).collect();
            (Vec::new(), Some(proto::schema::Object { attributes, nesting: nesting.into(), ..proto::schema::Object::default() }))
        }
    };
    proto::schema::Attribute {
        name: attribute.name.clone(),
        r#type: ty,
        nested_type,
        description: attribute.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.origin == Origin::Required,
        optional: attribute.origin.is_optional(),
        computed: attribute.origin.is_computed(),
        sensitive: attribute.sensitive,
        ..proto::schema::Attribute::default()
    }
}

pub(super) fn function(signature: &Signature) -> proto::Function {
    proto::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(proto::function::Return { r#type: signature.returns.to_json().into_bytes() }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        deprecation_message: String::new(),
    }
}

fn parameter(parameter: &Parameter) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.clone(),
        r#type: parameter.ty.to_json_with_optional(&parameter.optional).into_bytes(),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
    }
}

/// Writes an error without its final period: Terraform ends the sentence itself.
pub(super) fn function_error(error: FunctionError) -> proto::FunctionError {
    let FunctionError { mut text, argument } = error;
    if text.ends_with('.') {
        text.pop();
    }
    proto::FunctionError { text, function_argument: argument.and_then(|argument| i64::try_from(argument).ok()) }
}

pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: &Diagnostic) -> proto::Diagnostic {
    use proto::diagnostic::Severity as Wire;
    let severity = match diagnostic.severity() {
        Severity::Error => Wire::Error,
        Severity::Warning => Wire::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary().to_owned(),
        detail: diagnostic.detail().to_owned(),
        attribute: diagnostic.path().map(path),
    }
}

/// Writes a path up to the first set, into which the protocol cannot point.
pub(super) fn path(path: &AttributePath) -> proto::AttributePath {
    use proto::attribute_path::step::Selector;
    let selectors = path.steps().iter().map_while(|step| match step {
        Step::Attribute(name) => Some(Selector::AttributeName(name.clone())),
        Step::Key(key) => Some(Selector::ElementKeyString(key.clone())),
        Step::Index(index) => i64::try_from(*index).ok().map(Selector::ElementKeyInt),
        Step::Element(_) => None,
    });
    proto::AttributePath { steps: selectors.map(|selector| proto::attribute_path::Step { selector: Some(selector) }).collect() }
}
