//! What is recorded of a provider: its schema as `terraform providers schema -json` writes it, and the rules that no schema tells.
//!
//! Knows the notation, never a value. A member that is not known here is an error, so that nothing in a record is without effect.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::limits::Limits;

/// A provider in one release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// Its source address.
    pub(crate) address: String,
    /// The release that it was read from.
    pub(crate) release: String,
    /// Where it was read.
    #[serde(rename = "read_from")]
    _read_from: Vec<String>,
    pub(crate) schema: Schemas,
    /// By type of resource.
    pub(crate) rules: BTreeMap<String, Rules>,
}

/// The schema of the provider's block, as far as the examples use it, and of resources as a whole.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schemas {
    pub(crate) provider: Tree,
    pub(crate) resource_schemas: BTreeMap<String, Tree>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tree {
    pub(crate) version: i64,
    pub(crate) block: Block,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    pub(crate) block_types: BTreeMap<String, NestedBlock>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribute {
    /// Terraform's notation of a type.
    #[serde(rename = "type")]
    pub(crate) ty: serde_json::Value,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) computed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NestedBlock {
    pub(crate) nesting_mode: Nesting,
    #[serde(default)]
    pub(crate) min_items: u32,
    #[serde(default)]
    pub(crate) max_items: u32,
    pub(crate) block: Block,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Nesting {
    Single,
    List,
}

/// What a provider does with a resource and no schema tells.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    /// Attributes whose change replaces the resource.
    pub(crate) replaces: Vec<String>,
    /// Attributes of which one is set, and whose exchange for another one replaces the resource.
    #[serde(default)]
    pub(crate) replaces_when_another_is_set: Vec<Vec<String>>,
    /// What the provider refuses before anything is planned.
    pub(crate) provider: Limits,
    /// What the cloud refuses when it is asked.
    pub(crate) cloud: Limits,
    /// Computed attributes that the plan knows already.
    #[serde(default)]
    pub(crate) planned: BTreeMap<String, Planned>,
    /// Computed attributes that creating makes and nothing changes: texts with the names of others in braces.
    pub(crate) made: BTreeMap<String, String>,
}

/// Where the plan takes a computed attribute from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Planned {
    /// An argument of the provider's block.
    Setting(String),
    /// Another attribute, a map; nothing in it where that is null.
    EntriesOf(String),
}
