//! The shape of the resource; its descriptions are its documentation.

use super::super::aws_config::region as check_region;
use super::super::{arguments, policy, review};
use super::rollout::PeerBy;
use super::tagged::TAGS_ALL;
use crate::aws::audit::DEFAULT_LIMIT;
use crate::plugin::{Attribute, AttributePath, Block, Diagnostic, Diagnostics, Schema, Type, Value, validator};

/// The schema.
pub(super) fn schema() -> Schema {
    let attributes = arguments().into_iter().chain(results());
    let block = Block::new(attributes).blocks([policy::block(), arguments::timeouts()]).description(
        "The firewall rules of an EMC rollout in EC2 security groups: say where each component lives, and this resource derives the rules \
         from the port matrix, shows them one line each, and keeps the groups true to them.\n\n\
         It writes only rules that carry its mark; rules made by others are reported, and left alone unless you ask otherwise. \
         Only another `region` replaces it; every other change is an update that opens before it closes.",
    );
    Schema::new(block)
}

/// The names of the computed attributes.
pub(super) fn computed() -> Vec<String> {
    results().iter().map(|attribute| attribute.name().to_owned()).collect()
}

/// What is said of one placement; `written` says what happens to the rules of its group.
pub(super) fn placement(written: &str) -> Vec<Attribute> {
    let peers: Vec<&str> = PeerBy::ALL.iter().map(|choice| choice.as_str()).collect();
    let words = || Type::set(Type::String);
    vec![
        arguments::components(),
        Attribute::optional("security_group_id", Type::String).description(format!(
            "The security group of these hosts. {written}, and others name it as their far end; a group of another account, `123456789012/sg-0123456789abcdef0`, is only named. Whether it is set must be known at plan, the id need not be.",
        )),
        Attribute::optional("cidr_ipv4", words()).description("IPv4 blocks where these hosts are, in canonical form (`10.20.0.0/16`)."),
        Attribute::optional("cidr_ipv6", words()).description("IPv6 blocks where these hosts are, in canonical form (`fd00:20::/32`)."),
        Attribute::optional("prefix_list_ids", words()).description("Prefix lists that hold the addresses of these hosts. A rule that names one counts as many as the list may have entries."),
        Attribute::optional("peer_by", Type::String)
            .description("How others name this placement when it has a group and addresses: `group`, `addresses` or `both`. Required then, refused where there is no group.")
            .validate(validator::one_of(peers)),
        arguments::single_host(),
        Attribute::optional("allow_public", Type::Bool)
            .description("Whether 0.0.0.0/0, ::/0, public blocks and prefixes of /8 (IPv6: /16) and wider are meant. Default `false`."),
    ]
}

fn arguments() -> Vec<Attribute> {
    let words = || Type::set(Type::String);
    vec![
        Attribute::required("name", Type::String)
            .description("The name of the rollout. Every rule is tagged with it, so two resources that write into one group need two names. 1 to 128 letters, digits and `_.:/=+-@`.")
            .validate(validator::text(check_name)),
        arguments::placements(placement("Its rules are written")),
        Attribute::optional("manage", words()).description("Placements whose groups this resource writes. Default: all that have a group of this account. Give it where the id of another account's group is not known at plan."),
        Attribute::optional_computed("region", Type::String)
            .description("The region of the groups. Default: the provider's. Another region replaces the resource, and nothing else does.")
            .validate(validator::text(check_region)),
        arguments::release(),
        arguments::on_foreign("revokes exactly what a plan showed as removed; the default egress rule only with `remove_default_egress`"),
        Attribute::optional("adopt_existing", Type::Bool)
            .description("Whether a rule made by hand that opens exactly what one of ours should is taken over by marking it. Default `false`: it is an error that names the rule."),
        Attribute::optional("remove_default_egress", Type::Bool).description(
            "Whether a rule that lets everything out to everywhere, such as AWS puts into every new group, is revoked. Default `false`: while it stands, egress lines restrict nothing. \
             Without it nothing leaves the group but what lines and rules of others allow, and the table lists neither directory, name service, time nor updates: give those `extra` flows first.",
        ),
        Attribute::optional("rules_per_group", Type::Number)
            .description(format!("The quota of rules per security group, direction and address family (L-0EA8095F), where AWS raised it. Default {DEFAULT_LIMIT}. This quota times the one of groups per network interface (L-2AFB9258) may be 1000 at most."))
            .validate(|value: &Value, path: &AttributePath, found: &mut Diagnostics| {
                if !value.as_i64().is_some_and(|limit| (1..=1000).contains(&limit)) {
                    let detail = "The quota is a whole number from 1 to 1000, which is the most that AWS grants.";
                    found.push(Diagnostic::error("Invalid quota", detail).at(path));
                }
            }),
    ]
}

fn results() -> Vec<Attribute> {
    let texts = || Type::map(Type::String);
    let mut results = vec![
        review::lines_attribute(""),
        Attribute::computed("groups", texts()).description("The security group of each managed placement, with its number of cloud rules."),
        Attribute::computed("rule_count", texts()).description(
            "How much of the quota each managed placement uses, by family and direction. A reference to a group counts in both families. References to prefix lists stand apart, because only EC2 knows how much each counts; a plan adds them up.",
        ),
        review::foreign_attribute(),
        Attribute::computed(TAGS_ALL, texts())
            .description("The tags that every rule carries beside the provider's own, from `default_tags` of the provider; after reading, as they are live."),
        review::summary_attribute(),
    ];
    results.extend(review::attributes());
    results
}

/// Tag values take these characters in every AWS service.
fn check_name(name: &str) -> Result<(), String> {
    let fits = (1..=128).contains(&name.len());
    let takes = |character: char| character.is_ascii_alphanumeric() || "_.:/=+-@".contains(character);
    if fits && name.chars().all(takes) {
        Ok(())
    } else if name.is_empty() {
        Err("it is empty, and becomes the value of a tag; write 1 to 128 letters, digits and `_.:/=+-@`".to_owned())
    } else {
        Err(format!("`{name}` cannot be the value of a tag, which a name becomes; write 1 to 128 letters, digits and `_.:/=+-@`"))
    }
}
