//! The shape of the data source; its descriptions are its documentation.

use super::super::aws_rules::Asked;
use super::super::{arguments, policy, review};
use crate::plugin::{Attribute, Block, Nested, Schema, Type};

/// The schema.
pub(super) fn schema() -> Schema {
    let attributes = arguments().into_iter().chain(results()).chain(review::attributes());
    let block = Block::new(attributes).blocks([policy::block()]).description(
        "Judges live EC2 security groups: is everything open that the vendor's table and this site's policy ask for, nothing else, and what rests on a \
         question that nobody has answered? It only reads, whoever made the groups and their rules; `conforms` is one word for a `check` block, and \
         the lines under `missing`, `extra` and `wider` say what is wrong.",
    );
    Schema::new(block)
}

fn arguments() -> Vec<Attribute> {
    vec![
        Attribute::required("placements", Nested::map(Asked::placement("Its rules are judged"))).description(
            "Where components live, as in `emc_aws_security_group_rules`: give both the same local value. A null placement is absent. \
             Terraform silently drops names that it does not know inside a placement: check their spelling.",
        ),
        Attribute::optional("manage", Type::set(Type::String))
            .description("Placements whose groups are judged. Default: all that have a group."),
        Attribute::optional("region", Type::String).description("The region of these groups, if it is not the provider's."),
        arguments::release(),
    ]
}

fn results() -> Vec<Attribute> {
    let lines = |name: &str, what: &str| Attribute::computed(name, Type::map(Type::list(Type::String))).description(what);
    vec![
        lines(
            "missing",
            "What is wanted and not open, or not wholly: placement to lines. Each says direction, key and flows as `lines` of the resource does, then what of it is missing. \
             Placements without a line are left out, here and below.",
        ),
        lines(
            "extra",
            "Live rules that nothing wants: what each opens, its id, whose mark and which description it carries, and the flow of the table that has this port, if one has.",
        ),
        lines(
            "wider",
            "Live rules that are wanted and allow more than anything wants, in ports or in addresses: for which flows, and what more.",
        ),
        lines(
            "doubtful",
            "What rests on a question that this site has not answered: rules that the table makes doubtful, and live rules for flows that wait for the answer. \
             Settle it in `policy`, or record what was found out in `policy.answers`.",
        ),
        lines("plain", "Unencrypted flows that are wanted and open, with the secure twin if there is one, and whether that is open."),
        lines(
            "void",
            "Live rules that change nothing, because another one lets the same through: egress rules beside one that lets everything out, a block inside of a wider one.",
        ),
        Attribute::computed("decided", Type::map(Type::String))
            .description("What this site decided about doubts: doubt id to the question, and the answer in `policy.answers` or the setting of `policy` that leaves none, with its reasons."),
        Attribute::computed("scope", Type::list(Type::String)).description("What was judged, and what cannot be seen from here: one sentence each."),
        Attribute::computed("conforms", Type::String).description(
            "`no` if anything is missing, extra or wider; `open_questions` if nothing is, but the site has not decided everything that the table leaves open; `yes` otherwise.",
        ),
        Attribute::computed("verdict", Type::String).description("The result in one line, with numbers."),
    ]
}
