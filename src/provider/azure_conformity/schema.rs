//! The shape of the data source; its descriptions are its documentation.

use super::super::azure_rules::Asked;
use super::super::conformity::{self, Shape};
use crate::plugin::{Attribute, Schema, Type};

/// The schema.
pub(super) fn schema() -> Schema {
    conformity::schema(Shape {
        description: "Judges live Azure network security groups: does everything pass that the vendor's table and this site's policy ask for, nothing else, and what rests \
             on a question that nobody has answered? It only reads, whoever made the groups and their rules; `conforms` is one word for a `check` block, and \
             the lines under `missing`, `extra` and `wider` say what is wrong.\n\n\
             The rules of a group are judged as a whole and in their order, those that deny and Azure's default rules among them. **While nothing denies the rest, \
             the default rules let the whole virtual network in, and that is told as `wider`, or as `extra`.**"
            .to_owned(),
        resource: "emc_azure_network_security_rules",
        placement: Asked::placement("Its rules are judged"),
        arguments: vec![Attribute::optional("allow_within_placement", Type::Bool).description(
            "Whether hosts of one placement may say anything to each other, as with the argument of this name of the resource. Default `false`.",
        )],
        extra: "Live rules that let something pass and nothing wants it: what each lets pass, its name and priority, whose mark and which description it carries, \
                and the flow of the table that has this port, if one has.",
        void: "Live rules that change nothing: another one decides before them, or would let the same pass behind them. Without a rule that denies the rest, Azure's \
               default rules make most rules void.",
    })
}
