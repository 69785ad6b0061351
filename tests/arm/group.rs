//! Network security groups and how they are shown.
//!
//! A group and its rules have one etag: whatever changes, changes it, and so does the end of the operation that changed it.

use serde_json::{Map, Value, json};

use crate::azure::guid;

const KIND: &str = "Microsoft.Network/networkSecurityGroups";

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// Everything below `properties` but the state.
    pub(crate) properties: Map<String, Value>,
    /// Whether an operation is about to delete it.
    pub(crate) leaving: bool,
}

impl Rule {
    /// A property as text, or nothing.
    pub(crate) fn text(&self, property: &str) -> &str {
        self.properties.get(property).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its priority.
    pub(crate) fn priority(&self) -> u64 {
        self.properties.get("priority").and_then(Value::as_u64).unwrap_or_default()
    }
}

/// One group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Option<Value>,
    /// Without `W/""`.
    pub(crate) etag: String,
    guid: String,
    /// `Succeeded`, `Updating`, `Deleting`, `Failed`.
    pub(crate) state: String,
    pub(crate) rules: Vec<Rule>,
    /// What else is below `properties`: `flushConnection`, and what this program does not know.
    pub(crate) more: Map<String, Value>,
    /// Ids of what it is attached to.
    pub(crate) subnets: Vec<String>,
    pub(crate) interfaces: Vec<String>,
    /// The operation that works on it now.
    pub(crate) busy: Option<String>,
}

impl Group {
    /// One without rules.
    pub(crate) fn new(id: String, name: String, location: String) -> Group {
        Group {
            id,
            name,
            location,
            tags: None,
            etag: guid(),
            guid: guid(),
            state: "Succeeded".to_owned(),
            rules: Vec::new(),
            more: Map::new(),
            subnets: Vec::new(),
            interfaces: Vec::new(),
            busy: None,
        }
    }

    /// A new etag and state.
    pub(crate) fn become_state(&mut self, state: &str) {
        self.etag = guid();
        state.clone_into(&mut self.state);
    }

    /// Whether both have the same content, as far as a client writes it.
    pub(crate) fn is_like(&self, other: &Group) -> bool {
        self.tags == other.tags && self.rules == other.rules && self.more == other.more
    }

    /// Where a rule is, by its name in any case.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// As the etag is sent.
    pub(crate) fn sent_etag(&self) -> String {
        format!("W/\"{}\"", self.etag)
    }

    /// The id of a rule of it.
    pub(crate) fn rule_id(&self, name: &str) -> String {
        format!("{}/securityRules/{name}", self.id)
    }

    /// The whole group as it is shown.
    pub(crate) fn show(&self) -> Value {
        let mut properties = self.more.clone();
        properties.insert("provisioningState".to_owned(), json!(self.state));
        properties.insert("resourceGuid".to_owned(), json!(self.guid));
        properties.insert("securityRules".to_owned(), self.rules.iter().map(|rule| self.show_rule(rule)).collect());
        properties.insert("defaultSecurityRules".to_owned(), self.default_rules().into());
        for (name, ids) in [("subnets", &self.subnets), ("networkInterfaces", &self.interfaces)] {
            if !ids.is_empty() {
                properties.insert(name.to_owned(), ids.iter().map(|id| json!({ "id": id })).collect());
            }
        }
        let mut shown = json!({
            "name": self.name,
            "id": self.id,
            "etag": self.sent_etag(),
            "type": KIND,
            "location": self.location,
            "properties": properties,
        });
        if let (Some(tags), Some(shown)) = (&self.tags, shown.as_object_mut()) {
            shown.insert("tags".to_owned(), tags.clone());
        }
        shown
    }

    /// One of its rules as it is shown.
    pub(crate) fn show_rule(&self, rule: &Rule) -> Value {
        let mut properties = rule.properties.clone();
        let state = if rule.leaving { "Deleting" } else { &self.state };
        properties.insert("provisioningState".to_owned(), json!(state));
        json!({
            "name": rule.name,
            "id": self.rule_id(&rule.name),
            "etag": self.sent_etag(),
            "type": format!("{KIND}/securityRules"),
            "properties": properties,
        })
    }

    /// The rules that every group has, as they are shown.
    pub(crate) fn default_rules(&self) -> Vec<Value> {
        let show = |(name, description, source, destination, access, priority, direction): &Default| {
            json!({
                "name": name,
                "id": format!("{}/defaultSecurityRules/{name}", self.id),
                "etag": self.sent_etag(),
                "type": format!("{KIND}/defaultSecurityRules"),
                "properties": {
                    "provisioningState": self.state,
                    "description": description,
                    "protocol": "*",
                    "sourcePortRange": "*",
                    "destinationPortRange": "*",
                    "sourceAddressPrefix": source,
                    "destinationAddressPrefix": destination,
                    "access": access,
                    "priority": priority,
                    "direction": direction,
                    "sourcePortRanges": [],
                    "destinationPortRanges": [],
                    "sourceAddressPrefixes": [],
                    "destinationAddressPrefixes": [],
                },
            })
        };
        DEFAULTS.iter().map(show).collect()
    }
}

type Default = (&'static str, &'static str, &'static str, &'static str, &'static str, u32, &'static str);

/// Name, description, source, destination, access, priority, direction.
pub(crate) const DEFAULTS: [Default; 6] = [
    ("AllowVnetInBound", "Allow inbound traffic from all VMs in VNET", "VirtualNetwork", "VirtualNetwork", "Allow", 65000, "Inbound"),
    (
        "AllowAzureLoadBalancerInBound",
        "Allow inbound traffic from azure load balancer",
        "AzureLoadBalancer",
        "*",
        "Allow",
        65001,
        "Inbound",
    ),
    ("DenyAllInBound", "Deny all inbound traffic", "*", "*", "Deny", 65500, "Inbound"),
    (
        "AllowVnetOutBound",
        "Allow outbound traffic from all VMs to all VMs in VNET",
        "VirtualNetwork",
        "VirtualNetwork",
        "Allow",
        65000,
        "Outbound",
    ),
    ("AllowInternetOutBound", "Allow outbound traffic from all VMs to Internet", "*", "Internet", "Allow", 65001, "Outbound"),
    ("DenyAllOutBound", "Deny all outbound traffic", "*", "*", "Deny", 65500, "Outbound"),
];
