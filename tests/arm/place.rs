//! What a request is about: its path, read without regard to case as Azure does it, and the name under which it is counted.

use std::collections::BTreeMap;

use crate::serve::Door;
use crate::wire::Ask;

/// A kind of path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Subscription,
    ResourceGroup,
    Group,
    Groups,
    Rule,
    Rules,
    DefaultRule,
    DefaultRules,
    Asg,
    Asgs,
    Operation,
    /// The result of an operation, of either kind of resource.
    Result,
    Metadata,
    Token,
    Discovery,
    /// Tokens of GitHub's workflows.
    Github,
    /// Tokens of Azure DevOps' pipelines.
    Pipelines,
    /// The instance metadata service.
    Instance,
    /// Managed identity of App Service.
    App,
    Unknown,
}

impl Kind {
    /// The word under which it is counted.
    fn word(self) -> &'static str {
        match self {
            Kind::Subscription => "subscription",
            Kind::ResourceGroup => "resource_group",
            Kind::Group => "group",
            Kind::Groups => "groups",
            Kind::Rule => "rule",
            Kind::Rules => "rules",
            Kind::DefaultRule => "default_rule",
            Kind::DefaultRules => "default_rules",
            Kind::Asg => "asg",
            Kind::Asgs => "asgs",
            Kind::Operation => "operation",
            Kind::Result => "result",
            Kind::Metadata => "metadata",
            Kind::Token => "token",
            Kind::Discovery => "discovery",
            Kind::Github => "github",
            Kind::Pipelines => "pipelines",
            Kind::Instance => "instance",
            Kind::App => "app",
            Kind::Unknown => "unknown",
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    /// `PUT group`: what it is counted as, and what faults name.
    pub(crate) action: String,
    /// `subscription`, `tenant`, `resource_group`, `group`, `rule`, `asg`, `operation`, `location`: those that the path has, as sent.
    pub(crate) names: BTreeMap<&'static str, String>,
}

impl Place {
    /// Reads a path.
    pub(crate) fn of(door: Door, ask: &Ask) -> Place {
        let segments = ask.segments();
        let lower: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let (kind, at): (Kind, &[(&'static str, usize)]) = match door {
            Door::Identity => identity(&lower),
            Door::Azure | Door::Elsewhere | Door::Control => azure(&lower),
        };
        let names = at.iter().filter_map(|(name, index)| Some((*name, segments.get(*index)?.clone()))).collect();
        Place { kind, action: format!("{} {}", ask.method, kind.word()), names }
    }

    /// One of its names, or nothing.
    pub(crate) fn name(&self, name: &str) -> &str {
        self.names.get(name).map_or("", String::as_str)
    }
}

type Found = (Kind, &'static [(&'static str, usize)]);

fn azure(path: &[&str]) -> Found {
    match path {
        ["subscriptions", _, "resourcegroups", _, "providers", "microsoft.network", rest @ ..] => match rest {
            ["networksecuritygroups"] => (Kind::Groups, &[("subscription", 1), ("resource_group", 3)]),
            ["networksecuritygroups", _] => (Kind::Group, &[("subscription", 1), ("resource_group", 3), ("group", 7)]),
            ["networksecuritygroups", _, "securityrules"] => (Kind::Rules, &[("subscription", 1), ("resource_group", 3), ("group", 7)]),
            ["networksecuritygroups", _, "securityrules", _] => {
                (Kind::Rule, &[("subscription", 1), ("resource_group", 3), ("group", 7), ("rule", 9)])
            }
            ["networksecuritygroups", _, "defaultsecurityrules"] => {
                (Kind::DefaultRules, &[("subscription", 1), ("resource_group", 3), ("group", 7)])
            }
            ["networksecuritygroups", _, "defaultsecurityrules", _] => {
                (Kind::DefaultRule, &[("subscription", 1), ("resource_group", 3), ("group", 7), ("rule", 9)])
            }
            ["applicationsecuritygroups"] => (Kind::Asgs, &[("subscription", 1), ("resource_group", 3)]),
            ["applicationsecuritygroups", _] => (Kind::Asg, &[("subscription", 1), ("resource_group", 3), ("asg", 7)]),
            _ => (Kind::Unknown, &[("subscription", 1), ("resource_group", 3), ("type", 6)]),
        },
        ["subscriptions", _, "providers", "microsoft.network", rest @ ..] => match rest {
            ["networksecuritygroups"] => (Kind::Groups, &[("subscription", 1)]),
            ["applicationsecuritygroups"] => (Kind::Asgs, &[("subscription", 1)]),
            ["locations", _, "operations", _] => (Kind::Operation, &[("subscription", 1), ("location", 5), ("operation", 7)]),
            ["locations", _, "operationresults", _] => (Kind::Result, &[("subscription", 1), ("location", 5), ("operation", 7)]),
            _ => (Kind::Unknown, &[("subscription", 1), ("type", 4)]),
        },
        ["subscriptions", _] => (Kind::Subscription, &[("subscription", 1)]),
        ["subscriptions", _, "resourcegroups", _] => (Kind::ResourceGroup, &[("subscription", 1), ("resource_group", 3)]),
        ["subscriptions", _, "operationresults", _] => (Kind::Result, &[("subscription", 1), ("operation", 3)]),
        ["subscriptions", _, ..] => (Kind::Unknown, &[("subscription", 1)]),
        ["metadata", "endpoints"] => (Kind::Metadata, &[]),
        ["common", "discovery", "instance"] => (Kind::Discovery, &[]),
        ["oidc", _, "github"] => (Kind::Github, &[("subscription", 1)]),
        ["oidc", _, "pipelines"] => (Kind::Pipelines, &[("subscription", 1)]),
        [_, "oauth2", "v2.0", "token"] => (Kind::Token, &[("tenant", 0)]),
        [_, "v2.0", ".well-known", "openid-configuration"] => (Kind::Discovery, &[("tenant", 0)]),
        _ => (Kind::Unknown, &[]),
    }
}

fn identity(path: &[&str]) -> Found {
    match path {
        ["metadata", "identity", "oauth2", "token"] => (Kind::Instance, &[]),
        ["msi", _, "token"] => (Kind::App, &[("subscription", 1)]),
        ["oidc", _, "github"] => (Kind::Github, &[("subscription", 1)]),
        ["oidc", _, "pipelines"] => (Kind::Pipelines, &[("subscription", 1)]),
        _ => (Kind::Unknown, &[]),
    }
}
