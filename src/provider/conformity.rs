//! What the conformity data sources of both clouds share: the shape of a report, its values, and how they say what was judged.

use std::collections::{BTreeMap, BTreeSet};

use super::placements::texts;
use super::review::{self, counted};
use super::{arguments, decided, policy};
use crate::conformity::{Lines, Report};
use crate::expand::Expansion;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::{Attribute, AttributePath, Block, Diagnostic, Diagnostics, Nested, Schema, Type, Value};
use crate::topology::{PlacementName, Topology};

mod source;

pub(super) use source::{Cloud, Conformity, Told};

/// What differs between the clouds in the shape of the data source.
pub(super) struct Shape {
    /// The description of the data source.
    pub(super) description: String,
    /// The resource whose placements it takes.
    pub(super) resource: &'static str,
    /// The attributes of one placement.
    pub(super) placement: Vec<Attribute>,
    /// Further arguments.
    pub(super) arguments: Vec<Attribute>,
    /// The description of `extra`.
    pub(super) extra: &'static str,
    /// The description of `void`.
    pub(super) void: &'static str,
}

/// What was judged, and by what.
pub(super) struct Judged<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) topology: &'a Topology,
    pub(super) expansion: &'a Expansion,
    /// The placements behind the groups that were looked at.
    pub(super) places: BTreeSet<&'a PlacementName>,
    /// The placements of each group, also of those that were not looked at, as sentences name the group.
    pub(super) groups: BTreeMap<String, BTreeSet<PlacementName>>,
    /// How many groups were looked at, in the cloud's words: `2 security groups`.
    pub(super) looked_at: String,
    /// Where they are, if that is one place: ` in eu-central-1`.
    pub(super) place: String,
    /// How many live rules they have.
    pub(super) live: usize,
}

/// Returns the schema of a conformity data source.
pub(super) fn schema(shape: Shape) -> Schema {
    let Shape { description, resource, placement, arguments, extra, void } = shape;
    let placements = Attribute::required("placements", Nested::map(placement)).description(format!(
        "Where components live, as in `{resource}`: give both the same local value. A null placement is absent. \
         Terraform silently drops names that it does not know inside a placement: check their spelling.",
    ));
    let manage = Attribute::optional("manage", Type::set(Type::String))
        .description("Placements whose groups are judged. Default: all that have a group.");
    let first = [placements, manage].into_iter().chain(arguments).chain([arguments::release()]);
    let attributes = first.chain(results(extra, void)).chain(review::attributes());
    Schema::new(Block::new(attributes).blocks([policy::block()]).description(description))
}

fn results(extra: &str, void: &str) -> Vec<Attribute> {
    let lines = |name: &str, what: &str| Attribute::computed(name, Type::map(Type::list(Type::String))).description(what);
    vec![
        lines(
            "missing",
            "What is wanted and not open, or not wholly: placement to lines. Each says direction, key and flows as `lines` of the resource does, then what of it is missing. \
             Placements without a line are left out, here and below.",
        ),
        lines("extra", extra),
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
        lines("void", void),
        decided::attribute(),
        Attribute::computed("scope", Type::list(Type::String)).description("What was judged, and what cannot be seen from here: one sentence each."),
        Attribute::computed("conforms", Type::String).description(
            "`no` if anything is missing, extra or wider; `open_questions` if nothing is, but the site has not decided everything that the table leaves open; `yes` otherwise. \
             An `extra` flow stays wanted after its last day: `verdict` counts those, `conforms` does not.",
        ),
        Attribute::computed("verdict", Type::String).description("The result in one line, with numbers. `1 expired` is an `extra` flow whose last day has passed."),
    ]
}

/// Says what is missing for there to be anything to judge: `attribute` is where a placement names its group.
pub(super) fn check(config: &Value, attribute: &str) -> Diagnostics {
    let mut found = Diagnostics::new();
    found.extend(arguments::none_managed(config, "Nothing to judge", "looked at", attribute));
    let placements = config.get("placements");
    let no_group = |name: &str| placements.get(name).get(attribute).is_null() && !placements.get(name).is_null();
    for name in texts(config.get("manage")).0.iter().filter(|name| no_group(name)) {
        let detail =
            format!("Placement `{name}` has no `{attribute}`, so there is nothing to judge. Give it one, or take it out of `manage`.");
        found.push(Diagnostic::error("Nothing to judge", detail).at(&AttributePath::root().attr("manage")));
    }
    let known = placements.is_known() && placements.entries().all(|(_, placement)| placement.is_known());
    if known && placements.entries().all(|(_, placement)| placement.get(attribute).is_null()) {
        let detail = format!(
            "No placement has a `{attribute}`, so no group would be looked at. Give it to the placements whose groups should be judged."
        );
        found.push(Diagnostic::error("No group to judge", detail).at(&AttributePath::root().attr("placements")));
    }
    found
}

/// Returns the error of being asked to look into a cloud whose block is not known: `block` as it is written, and who would be asked.
pub(super) fn unknown_cloud(block: &str, name: &str, who: &str) -> Diagnostic {
    let detail = format!("The provider's `{block}` block has values that are not known yet, so {who} cannot be asked. {WAIT}");
    Diagnostic::error(format!("Unknown {name} configuration"), detail)
}

/// How to wait, as the end of an error about what is not known yet.
const WAIT: &str = "While Terraform plans, give values that are known; or let this data source wait for them with `depends_on`.";

impl Judged<'_> {
    /// Returns the values of the computed attributes; `unseen` are sentences about what this cloud does not show.
    pub(super) fn values(&self, report: &Report, unseen: &[String]) -> Vec<(&'static str, Value)> {
        let conforms = report.conforms();
        let standing = review::standing(self.matrix, &self.topology.policy, self.expansion);
        let (rules, groups) = (counted(self.live, "live rule"), counted(report.firewalls, "group"));
        let expired = match review::expired(&self.topology.policy) {
            0 => String::new(),
            exceptions => format!(", {exceptions} expired"),
        };
        let verdict = format!("{conforms}: {}{expired}; {rules} in {groups}; {standing}", report.counts());
        let mut values = vec![
            ("missing", lines(&report.missing)),
            ("extra", lines(&report.extra)),
            ("wider", lines(&report.wider)),
            ("doubtful", lines(&report.doubtful)),
            ("plain", lines(&report.plain)),
            ("void", lines(&report.void)),
            ("decided", decided::value(self.matrix, &self.topology.policy, self.expansion)),
            ("scope", Value::list(self.scope(unseen).iter().map(Value::string))),
            ("conforms", Value::string(conforms.as_str())),
            ("verdict", Value::string(verdict)),
        ];
        values.extend(review::values(self.expansion));
        values
    }

    /// Returns what is to be told besides: exclusions without effect, and exceptions near or past their last day.
    pub(super) fn warnings(&self) -> Vec<Diagnostic> {
        review::idle(self.expansion).into_iter().chain(review::in_time(&self.topology.policy)).collect()
    }

    /// Returns what was judged, and what a look at groups cannot see.
    fn scope(&self, unseen: &[String]) -> Vec<String> {
        let Judged { topology, places, .. } = self;
        let directions = &topology.policy.directions;
        let words: Vec<&str> =
            Direction::ALL.into_iter().filter(|direction| directions.contains(direction)).map(Direction::as_str).collect();
        let mut sentences = vec![format!(
            "Judged: {} of {}{}, {}, against EMC {}.",
            self.looked_at,
            names(places.iter().copied()),
            self.place,
            words.join(" and "),
            self.matrix.release(),
        )];
        for direction in Direction::ALL.into_iter().filter(|direction| !directions.contains(direction)) {
            sentences.push(format!(
                "Not judged: {direction}; it is not in the policy's `directions`, so nothing is known of what goes that way."
            ));
        }
        let others: Vec<&PlacementName> = topology.placements.keys().filter(|name| !places.contains(name)).collect();
        if !others.is_empty() {
            sentences.push(format!(
                "Not judged: {}; they count as far ends only, and what stands in front of them may let through less or more.",
                names(others.into_iter())
            ));
        }
        for (group, placements) in &self.groups {
            let (here, beside): (Vec<_>, Vec<_>) = placements.iter().partition(|name| places.contains(name));
            if !here.is_empty() && !beside.is_empty() {
                sentences.push(format!(
                    "Not judged: what {group} lets through for {}; it is extra here, for the group is judged as that of {} only.",
                    names(beside.into_iter()),
                    names(here.into_iter())
                ));
            }
        }
        sentences.extend(unseen.iter().cloned());
        sentences.push(
            "What no row of the table lists (directory, name service, time, certificates, management of Windows and the like) is extra here unless the policy has it as an `extra` flow.".to_owned(),
        );
        sentences
    }
}

/// Returns names as a sentence lists them.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a PlacementName>) -> String {
    names.map(PlacementName::as_str).collect::<Vec<_>>().join(", ")
}

fn lines(lines: &Lines) -> Value {
    Value::map(lines.iter().map(|(placement, lines)| (placement.as_str(), Value::list(lines.map(Value::string)))))
}
