//! A schema as the registries' pages show it: required, optional, read-only, then every nested schema under an anchor of its own.

use std::fmt::Write as _;

use terraform_provider_emc::plugin::{Attribute, Block, BlockMode, NestedBlock, NestedMode, Origin, Shape, Type};

/// Returns the section `## Schema`.
pub(super) fn section(block: &Block) -> String {
    let mut writer = Writer::default();
    writer.text.push_str("## Schema\n");
    writer.lists(&entries(block, &[]), "### ", "");
    writer.nested();
    writer.text
}

/// One line of a list, and what is to be told about it further down.
struct Entry<'a> {
    name: &'a str,
    group: Group,
    kind: String,
    description: String,
    below: Option<Below<'a>>,
    path: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

impl Group {
    const ALL: [(Group, &'static str); 3] = [(Group::Required, "Required"), (Group::Optional, "Optional"), (Group::ReadOnly, "Read-Only")];
}

enum Below<'a> {
    Block(&'a Block),
    Attributes(&'a [Attribute]),
    Object(Type),
}

#[derive(Default)]
struct Writer<'a> {
    text: String,
    waiting: Vec<(Vec<String>, &'static str, Below<'a>)>,
}

impl<'a> Writer<'a> {
    fn lists(&mut self, entries: &[Entry<'a>], before: &str, after: &str) {
        for (group, title) in Group::ALL {
            let mut of_group: Vec<&Entry<'a>> = entries.iter().filter(|entry| entry.group == group).collect();
            of_group.sort_by_key(|entry| entry.name);
            if of_group.is_empty() {
                continue;
            }
            let _ = write!(self.text, "\n{before}{title}{after}\n\n");
            for entry in of_group {
                let Entry { name, kind, description, below, path, .. } = entry;
                let _ = write!(self.text, "- `{name}` ({kind}) {description}");
                if let Some(below) = below {
                    let (word, below) = match below {
                        Below::Block(block) => ("nestedblock", Below::Block(block)),
                        Below::Attributes(attributes) => ("nestedatt", Below::Attributes(attributes)),
                        Below::Object(ty) => ("nestedatt", Below::Object(ty.clone())),
                    };
                    let _ = write!(self.text, " (see [below for nested schema](#{word}--{}))", path.join("--"));
                    self.waiting.push((path.clone(), word, below));
                }
                self.text.push('\n');
            }
        }
    }

    /// Writes the nested schemas in the order in which they were mentioned, those inside of one after it.
    fn nested(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for (path, word, below) in waiting {
            let _ = write!(self.text, "\n<a id=\"{word}--{}\"></a>\n### Nested Schema for `{}`\n", path.join("--"), path.join("."));
            match below {
                Below::Block(block) => self.lists(&entries(block, &path), "", ":"),
                Below::Attributes(attributes) => {
                    self.lists(&attributes.iter().map(|each| attribute(each, &path)).collect::<Vec<_>>(), "", ":")
                }
                Below::Object(ty) => {
                    self.text.push_str("\nRead-Only:\n\n");
                    let Type::Object(fields) = ty else { continue };
                    for (name, ty) in fields {
                        let _ = writeln!(self.text, "- `{name}` ({})", words(&ty));
                    }
                }
            }
            self.nested();
        }
    }
}

fn entries<'a>(block: &'a Block, path: &[String]) -> Vec<Entry<'a>> {
    let attributes = block.attributes().iter().map(|each| attribute(each, path));
    attributes.chain(block.nested_blocks().iter().map(|nested| nested_block(nested, path))).collect()
}

fn attribute<'a>(attribute: &'a Attribute, path: &[String]) -> Entry<'a> {
    let group = match attribute.origin() {
        Origin::Required => Group::Required,
        Origin::Optional | Origin::OptionalComputed => Group::Optional,
        Origin::Computed => Group::ReadOnly,
    };
    let (kind, below) = match attribute.shape() {
        Shape::Type(ty) => (words(ty), object_in(ty).map(Below::Object)),
        Shape::Nested(nested) => {
            let kind = match nested.mode() {
                NestedMode::Single => "Attributes",
                NestedMode::List => "Attributes List",
                NestedMode::Set => "Attributes Set",
                NestedMode::Map => "Attributes Map",
            };
            (kind.to_owned(), Some(Below::Attributes(nested.attributes())))
        }
    };
    let kind = if attribute.is_sensitive() { format!("{kind}, Sensitive") } else { kind };
    Entry { name: attribute.name(), group, kind, description: one_line(attribute.markdown()), below, path: inside(path, attribute.name()) }
}

fn nested_block<'a>(nested: &'a NestedBlock, path: &[String]) -> Entry<'a> {
    let kind = match nested.mode() {
        BlockMode::Single => "Block, Optional",
        BlockMode::List => "Block List",
    };
    let group = if nested.is_required() { Group::Required } else { Group::Optional };
    let below = Some(Below::Block(nested.block()));
    let description = one_line(nested.block().markdown());
    Entry { name: nested.name(), group, kind: kind.to_owned(), description, below, path: inside(path, nested.name()) }
}

fn inside(path: &[String], name: &str) -> Vec<String> {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

/// The object whose attributes are worth a list: the value itself or its elements.
fn object_in(ty: &Type) -> Option<Type> {
    match ty {
        Type::Object(_) => Some(ty.clone()),
        Type::List(element) | Type::Set(element) | Type::Map(element) => object_in(element),
        Type::Bool | Type::Number | Type::String | Type::Dynamic | Type::Tuple(_) => None,
    }
}

pub(super) fn words(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", words(element)),
        Type::Set(element) => format!("Set of {}", words(element)),
        Type::Map(element) => format!("Map of {}", words(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

pub(super) fn one_line(markdown: &str) -> String {
    markdown.split_whitespace().collect::<Vec<_>>().join(" ")
}
