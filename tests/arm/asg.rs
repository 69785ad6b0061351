//! Application security groups.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::azure::guid;

/// One application security group.
#[derive(Debug, Clone)]
pub(crate) struct Asg {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Option<Value>,
    pub(crate) etag: String,
    guid: String,
    /// The virtual networks of its members; Azure does not show them, but looks at them when a rule names several groups.
    pub(crate) networks: BTreeSet<String>,
}

impl Asg {
    /// One without members.
    pub(crate) fn new(id: String, name: String, location: String) -> Asg {
        Asg { id, name, location, tags: None, etag: guid(), guid: guid(), networks: BTreeSet::new() }
    }

    /// As it is shown.
    pub(crate) fn show(&self) -> Value {
        let mut shown = json!({
            "name": self.name,
            "id": self.id,
            "etag": format!("W/\"{}\"", self.etag),
            "type": "Microsoft.Network/applicationSecurityGroups",
            "location": self.location,
            "properties": { "provisioningState": "Succeeded", "resourceGuid": self.guid },
        });
        if let (Some(tags), Some(shown)) = (&self.tags, shown.as_object_mut()) {
            shown.insert("tags".to_owned(), tags.clone());
        }
        shown
    }
}
