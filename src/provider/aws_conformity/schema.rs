//! The shape of the data source; its descriptions are its documentation.

use super::super::aws_rules::Asked;
use super::super::conformity::{self, Shape};
use crate::plugin::{Attribute, Schema, Type};

/// The schema.
pub(super) fn schema() -> Schema {
    conformity::schema(Shape {
        description: "Judges live EC2 security groups: is everything open that the vendor's table and this site's policy ask for, nothing else, and what rests on a \
             question that nobody has answered? It only reads, whoever made the groups and their rules; `conforms` is one word for a `check` block, and \
             the lines under `missing`, `extra` and `wider` say what is wrong."
            .to_owned(),
        resource: "emc_aws_security_group_rules",
        placement: Asked::placement("Its rules are judged"),
        arguments: vec![Attribute::optional("region", Type::String).description("The region of these groups, if it is not the provider's.")],
        extra: "Live rules that nothing wants: what each opens, its id, whose mark and which description it carries, and the flow of the table that has this port, if one has.",
        void: "Live rules that change nothing, because another one lets the same through: egress rules beside one that lets everything out, a block inside of a wider one.",
    })
}
