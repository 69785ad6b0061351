//! The shape of the resource; its descriptions are its documentation.

use super::super::{arguments, policy, review};
use crate::azure::WriteMode;
use crate::azure::priority::Band;
use crate::plugin::{Attribute, Block, Schema, Type, validator};

/// The schema.
pub(super) fn schema() -> Schema {
    let attributes = arguments().into_iter().chain(results());
    let block = Block::new(attributes).blocks([policy::block(), arguments::timeouts()]).description(
        "The firewall rules of an EMC rollout in Azure network security groups: say where each component lives, and this resource derives the \
         rules from the port matrix, shows them one line each, and keeps the groups true to them.\n\n\
         A group is read and written as a whole, in one request whatever the number of rules; rules that others made go back as they were. \
         A rule keeps its priority for life. Nothing replaces this resource; every change is an update.\n\n\
         **Azure's default rules let everything pass inside of a virtual network, so rules that allow change nothing there by themselves.** \
         `void` says how many that is; `deny_unlisted` makes the list mean something. A port that is closed does not end connections that are open already.",
    );
    Schema::new(block)
}

/// The names of the computed attributes.
pub(super) fn computed() -> Vec<String> {
    results().iter().map(|attribute| attribute.name().to_owned()).collect()
}

/// What is said of one placement; `written` says what happens to the rules of its group.
pub(super) fn placement(written: &str) -> Vec<Attribute> {
    vec![
        arguments::components(),
        Attribute::optional("network_security_group_id", Type::String).description(format!(
            "The full resource id of the network security group in front of these hosts. {written}. Whether it is set must be known at plan, the id need not be.",
        )),
        Attribute::optional("application_security_group_ids", Type::set(Type::String)).description(
            "Full resource ids of the application security groups that the network interfaces of these hosts are members of. All groups of one rule must be in one virtual network. \
             Whether it is set must be known at plan, the ids need not be.",
        ),
        Attribute::optional("address_prefixes", Type::set(Type::String)).description(
            "Blocks where these hosts are, of either family, in canonical form (`10.20.0.0/16`). Each placement needs these or application security groups, for a rule on Azure names both of its ends; \
             with both, each rule stands once for either. Service tags cannot be used.",
        ),
        arguments::single_host(),
        Attribute::optional("allow_public", Type::Bool)
            .description("Whether 0.0.0.0/0, ::/0, public blocks and prefixes of /8 (IPv6: /16) and wider are meant. Default `false`."),
    ]
}

fn arguments() -> Vec<Attribute> {
    let modes: Vec<&str> = WriteMode::ALL.iter().map(|mode| mode.as_str()).collect();
    vec![
        Attribute::required("name", Type::String)
            .description(
                "The name of the rollout. It is part of the name and description of every rule, so two resources that write into one group need two names. 1 to 128 letters, digits and `_.:/=+-@`.",
            )
            .validate(validator::text(check_name)),
        arguments::placements(placement("Its rules are written")),
        Attribute::optional("manage", Type::set(Type::String))
            .description("Placements whose groups this resource writes. Default: all that have a group."),
        arguments::release(),
        arguments::on_foreign("removes exactly what a plan showed as removed"),
        Attribute::optional("adopt_existing", Type::Bool).description(
            "Whether a rule made by hand that opens exactly what one of ours should is replaced by ours. Default `false`: both stand.",
        ),
        Attribute::optional("priority_range", Type::String)
            .description(format!(
                "The priorities that rules may have, within 100 to 4096. Default `{}`. They are numbered over the whole resource, inbound and outbound apart; a rule keeps its priority for life, and new ones fill gaps. \
                 The last tenth, at most a hundred, is for rules that deny.",
                Band::default()
            ))
            .validate(validator::text(|text| text.parse::<Band>().map(drop).map_err(|error| error.to_string()))),
        Attribute::optional("write_mode", Type::String)
            .description(
                "`group` (default) writes a group at once, atomically. `rule` writes rule by rule, for principals that may write rules but not groups; that takes a request and its wait for each.",
            )
            .validate(validator::one_of(modes)),
        Attribute::optional("flush_connections", Type::Bool).description(
            "Whether a change of rules also ends connections that are open already and not allowed any more (`flushConnection` of the group). Default: the group stays as it is. Only with `write_mode = \"group\"`.",
        ),
        Attribute::optional("deny_unlisted", Type::Bool).description(
            "Whether what no line allows is denied to and from the hosts of each managed placement, by rules at the end of the range. Probes of Azure's load balancers still come in. Default `false`. \
             The table lists neither directory, name service, time nor updates: give those `extra` flows first.",
        ),
        Attribute::optional("allow_within_placement", Type::Bool).description(
            "With `deny_unlisted`: whether hosts of one placement may still say anything to each other. Default `false`.",
        ),
        Attribute::optional("accept_void", Type::Bool).description(
            "With `deny_unlisted`: whether rules of others that allow, and stand behind ours in priority, may be made void by it. Default `false`: it is an error that names them.",
        ),
    ]
}

fn results() -> Vec<Attribute> {
    let texts = || Type::map(Type::String);
    let mut results = vec![
        review::lines_attribute(", its priorities first"),
        Attribute::computed("groups", texts())
            .description("The network security group of each managed placement, with its number of cloud rules, and where the hosts are that they guard."),
        Attribute::computed("rule_count", texts())
            .description("How many cloud rules each managed placement has, of the 1,000 that a group may hold, and how many addresses they name, of 4,000 in each direction."),
        Attribute::computed("void", Type::String).description(
            "How many of the rules change nothing, because Azure's default rules let the same pass; with `deny_unlisted`, that they count.",
        ),
        review::foreign_attribute(),
        review::summary_attribute(),
    ];
    results.extend(review::attributes());
    results
}

/// It stands in every rule's description.
fn check_name(name: &str) -> Result<(), String> {
    let fits = (1..=128).contains(&name.len());
    let takes = |character: char| character.is_ascii_alphanumeric() || "_.:/=+-@".contains(character);
    if fits && name.chars().all(takes) {
        Ok(())
    } else if name.is_empty() {
        Err("it is empty, and becomes part of the name and description of every rule; write 1 to 128 letters, digits and `_.:/=+-@`"
            .to_owned())
    } else {
        Err(format!("`{name}` cannot be a name here: write 1 to 128 letters, digits and `_.:/=+-@`"))
    }
}
