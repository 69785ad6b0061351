//! The `policy` block: what the site decided, the same in every object.

use std::collections::{BTreeMap, BTreeSet};

use super::placements::texts;
use super::setting::read_texts_by_name;
use crate::matrix::MailService;
use crate::plugin::{Attribute, Block, NestedBlock, Type, Value};
use crate::topology::{ExtraSpec, Fault, MulticastChoice, PolicySpec, TransportChoice};

/// A policy as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// What is known.
    pub(super) spec: PolicySpec,
    /// Whether nothing is unknown.
    pub(super) complete: bool,
    /// Where the known `extra` blocks stand among all of them.
    extra: Vec<usize>,
}

impl Written {
    /// Counts the `extra` blocks in faults as the configuration has them, those that are not known yet among them.
    pub(super) fn placed(&self, mut faults: Vec<Fault>) -> Vec<Fault> {
        for fault in &mut faults {
            if let [policy, extra, index, ..] = fault.at.as_mut_slice()
                && policy == "policy"
                && extra == "extra"
                && let Some(position) = index.parse::<usize>().ok().and_then(|index| self.extra.get(index))
            {
                *index = position.to_string();
            }
        }
        faults
    }
}

/// Reads the block; no block is the default policy. Unknown parts are left out.
pub(super) fn read(policy: &Value) -> Written {
    let text = |name: &str| policy.get(name).as_str().map(str::to_owned);
    let set = |name: &str| texts(policy.get(name)).0;
    let known = policy.get("extra").elements().iter().enumerate().filter(|(_, extra)| extra.is_wholly_known());
    let spec = PolicySpec {
        transport: text("transport"),
        directions: policy
            .get("directions")
            .is_wholly_known()
            .then(|| policy.get("directions"))
            .filter(|value| !value.is_null())
            .map(|value| texts(value).0),
        include: set("include"),
        exclude: set("exclude"),
        initiators: sets_by_name(policy.get("initiators")),
        management_from: set("management_from"),
        roles: sets_by_name(policy.get("roles")),
        ports: read_texts_by_name(policy.get("ports")),
        mail: set("mail"),
        multicast: text("multicast"),
        multicast_groups: read_texts_by_name(policy.get("multicast_groups")),
        port_ranges: text("port_ranges"),
        answers: read_texts_by_name(policy.get("answers")),
        reasons: read_texts_by_name(policy.get("reasons")),
        extra: known.clone().map(|(_, value)| extra(value)).collect(),
    };
    Written { spec, complete: policy.is_wholly_known(), extra: known.map(|(position, _)| position).collect() }
}

fn extra(value: &Value) -> ExtraSpec {
    let text = |name: &str| value.get(name).as_str().map(str::to_owned);
    let required = |name: &str| text(name).unwrap_or_default();
    ExtraSpec {
        name: required("name"),
        from: required("from"),
        to: required("to"),
        protocol: required("protocol"),
        ports: required("ports"),
        reason: required("reason"),
        ticket: text("ticket"),
        expires: text("expires"),
    }
}

/// Entries with unknown elements are left out whole: what is missing in a set would be taken for a decision.
fn sets_by_name(value: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let known = value.entries().filter(|(_, value)| value.is_wholly_known() && !value.is_null());
    known.map(|(name, value)| (name.to_owned(), texts(value).0)).collect()
}

/// The schema of the block.
pub(super) fn block() -> NestedBlock {
    let texts = || Type::map(Type::String);
    let words = || Type::set(Type::String);
    let sets = || Type::map(Type::set(Type::String));
    let choices = |choices: &[&str]| choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    let transports: Vec<&str> = TransportChoice::ALL.iter().map(|choice| choice.as_str()).collect();
    let multicast: Vec<&str> = MulticastChoice::ALL.iter().map(|choice| choice.as_str()).collect();
    let mail: Vec<&str> = MailService::ALL.iter().map(|service| service.as_str()).collect();
    let attributes = [
        Attribute::optional("transport", Type::String).description(format!(
            "How far encryption decides: {}. Default `as_listed`. `prefer_secure` closes a plain flow only for those who have an open secure \
             twin of it; `secure_only` closes every plain flow, telephony included; `plain_only` closes secure flows that have a plain twin.",
            choices(&transports)
        )),
        Attribute::optional("directions", words()).description("The directions that are written: `ingress`, `egress`. Default: both."),
        Attribute::optional("include", words()).description("Flow ids to open although they are closed as shipped, or only implied by the document's text."),
        Attribute::optional("exclude", words()).description("Flow ids not to open, or `<flow id> from <placement>` to close one only from there. With `prefer_secure` the plain twin of an excluded secure flow opens: exclude both to close both."),
        Attribute::optional("initiators", sets())
            .description("Flow id to the components and roles that open it, instead of the printed ones. Opens flows that are held because nobody believable is printed. Of a multicast flow they send to the group besides those who do so anyway, and the listener receives."),
        Attribute::optional("management_from", words()).description(
            "Placements, components or roles that use management flows, instead of the printed initiators. A placement wins over a component of the same name.",
        ),
        Attribute::optional("roles", sets()).description("Role to the members that count on this site; it can only be narrowed."),
        Attribute::optional("ports", texts())
            .description("Flow id to the ports that this site uses: `30091`, `3000-3010`, `3001,3005`. Giving one to an implied flow opens it."),
        Attribute::optional("mail", words()).description(format!("Mail services in use; none is opened until chosen: {}.", choices(&mail))),
        Attribute::optional("multicast", Type::String).description(format!(
            "What is done about multicast flows: {}. Default `report`: each is named in `unexpanded`. `transit_gateway` is for AWS, where a transit \
             gateway with a multicast domain carries them between hosts of the cloud: senders may reach the group, receivers hear the senders and \
             speak IGMP. Hosts outside of the cloud cannot take part.",
            choices(&multicast)
        )),
        Attribute::optional("multicast_groups", texts()).description(
            "Flow id to the IPv4 address of its multicast group, where the table prints none or the site uses another one. A multicast flow without a group is not opened.",
        ),
        Attribute::optional("port_ranges", Type::String)
            .description("`exact` (default), or `coalesce`: adjacent ports of one far end become one rule, never wider than their union."),
        Attribute::optional("answers", texts()).description("Doubt id to what this site found out, with a ticket. An answered doubt is not an open question any more; what is opened does not change by it."),
        Attribute::optional("reasons", texts()).description("Flow id to why it is included, excluded or re-initiated. Shown in lines, notes and cloud rules. On AWS it becomes part of the rule's description, in which EC2 takes letters a to z, digits and ` ._-:/()#,@[]+=;{}!$*` only; so do `reason` and `ticket` of `extra`."),
    ];
    let required = |name: &str, description: &str| Attribute::required(name, Type::String).description(description);
    let extra = Block::new([
        required("name", "Its name, a lower-case letter, then up to 31 of `a-z`, `0-9`, `_` and `-`; the flow is shown as `extra.<name>`."),
        required("from", "The placement that opens connections."),
        required("to", "The placement that accepts them."),
        required("protocol", "`tcp` or `udp`."),
        required("ports", "Ports, as in `ports`."),
        required("reason", "Why it is needed."),
        Attribute::optional("ticket", Type::String).description("The change request that allowed it."),
        Attribute::optional("expires", Type::String).description(
            "The last day on which it is wanted, `2027-01-31`. From 30 days before it, and after it, plans warn; nothing is closed by itself.",
        ),
    ])
    .description("A flow that the matrix does not have. A placement named only here needs no components.");
    let block = Block::new(attributes).blocks([NestedBlock::list("extra", extra)]).description(
        "What the site decided. Without it every flow is opened as the table lists it. What wins, in this order: `exclude`, held flows, \
         `transport`, `include`, `mail`, the default state.",
    );
    NestedBlock::single("policy", block)
}
