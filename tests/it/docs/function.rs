//! A function as the registries' pages show it: signature, arguments, and what its result holds.

use std::fmt::Write as _;

use terraform_provider_emc::plugin::{Parameter, Signature, Type};

use super::schema::{one_line, words};

/// Returns the sections `## Signature`, `## Arguments` and, of a result with attributes, `## Result`.
pub(super) fn section(name: &str, signature: &Signature) -> String {
    let fixed = signature.parameters.iter().map(|parameter| format!("{} {}", parameter.name, plain(&parameter.ty)));
    let variadic = signature.variadic.iter().map(|parameter| format!("{} {}...", parameter.name, plain(&parameter.ty)));
    let parameters: Vec<String> = fixed.chain(variadic).collect();
    let mut text =
        format!("## Signature\n\n```text\n{name}({}) {}\n```\n\n## Arguments\n\n", parameters.join(", "), plain(&signature.returns));
    for parameter in &signature.parameters {
        text.push_str(&argument(parameter, ""));
    }
    if let Some(parameter) = &signature.variadic {
        text.push_str(&argument(parameter, "Variadic, "));
    }
    let attributes = attributes(&signature.returns);
    if !attributes.is_empty() {
        text.push_str("\n## Result\n\n");
        text.push_str(&attributes);
    }
    text
}

fn argument(parameter: &Parameter, before: &str) -> String {
    let null = if parameter.allow_null { ", Nullable" } else { "" };
    let Parameter { name, ty, description, .. } = parameter;
    format!("1. `{name}` ({before}{}{null}) {}\n", words(ty), one_line(description))
}

/// The attributes of a result, and of objects in it.
fn attributes(ty: &Type) -> String {
    let mut text = String::new();
    match ty {
        Type::Object(fields) => {
            for (name, ty) in fields {
                let _ = writeln!(text, "- `{name}` ({})", words(ty));
                attributes(ty).lines().for_each(|line| text.push_str(&format!("  {line}\n")));
            }
        }
        Type::List(element) | Type::Set(element) | Type::Map(element) => text = attributes(element),
        Type::Bool | Type::Number | Type::String | Type::Dynamic | Type::Tuple(_) => {}
    }
    text
}

/// A type as signatures write it.
fn plain(ty: &Type) -> String {
    words(ty).to_lowercase()
}
