//! What comparing means for a rollout: findings about each firewall, as lines.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Comparison, Gap, compare};
use super::opening::{Opening, Peer, Traffic};
use super::report::Report;
use super::{stand_in, words};
use crate::expand::Expansion;
use crate::matrix::{DoubtId, FlowId, Matrix, Settlement, Transport};
use crate::net::Direction;
use crate::note::Subject;
use crate::rule::{Rule, RuleKey};
use crate::topology::{PlacementName, Topology};

/// What is judged: a rollout, and how the cloud names its parts.
#[derive(Debug)]
pub struct Site<'a> {
    /// The table.
    pub matrix: &'a Matrix,
    /// Placements and policy.
    pub topology: &'a Topology,
    /// What they ask for.
    pub expansion: &'a Expansion,
    /// The cloud's groups of placements, by id; several placements may share one.
    pub groups: BTreeMap<String, BTreeSet<PlacementName>>,
    /// The far ends by which each placement is named.
    pub homes: BTreeMap<PlacementName, Vec<Peer>>,
}

/// One firewall: what is wanted of it, and what it lets through.
#[derive(Debug)]
pub struct Firewall<'a> {
    /// The placements that it protects, at least one; findings about live openings are told of the first.
    pub residents: BTreeSet<&'a PlacementName>,
    /// What is wanted.
    pub wanted: Vec<Wanted<'a>>,
    /// What is live, in the directions that the policy is about.
    pub live: Vec<Live>,
}

/// A wanted opening.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// What it opens.
    pub opening: Opening,
    /// The rules that need it.
    pub rules: Vec<&'a Rule>,
}

/// A live opening.
#[derive(Debug)]
pub struct Live {
    /// What it opens.
    pub opening: Opening,
    /// The same in the cloud's words: `ingress tcp 3389 from 10.0.0.0/8`.
    pub words: String,
    /// The cloud's name for the rule.
    pub id: String,
    /// The name of the rollout that it is marked with, if it is marked.
    pub owner: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
}

/// Judges firewalls. The order in which openings are given changes nothing.
pub fn judge(site: &Site<'_>, mut firewalls: Vec<Firewall<'_>>) -> Report {
    let mut report = Report { open_questions: site.expansion.open_questions.len(), ..Report::default() };
    let passages = passages(site.expansion);
    for firewall in &mut firewalls {
        firewall.wanted.sort_by(|one, other| one.opening.cmp(&other.opening));
        firewall.live.sort_by(|one, other| (&one.opening, &one.id).cmp(&(&other.opening, &other.id)));
        report.firewalls += 1;
        report.live += firewall.live.len();
        Draft::new(site, &passages, firewall).write(&mut report);
    }
    report
}

/// The rules of each flow, by placement and direction.
type Passages<'a> = BTreeMap<(&'a FlowId, &'a PlacementName, Direction), Vec<&'a RuleKey>>;

fn passages(expansion: &Expansion) -> Passages<'_> {
    let mut passages = Passages::new();
    for rule in expansion.rules.values() {
        for flow in rule.flows.keys() {
            passages.entry((flow, &rule.key.local, rule.key.direction)).or_default().push(&rule.key);
        }
    }
    passages
}

/// One firewall while it is judged.
struct Draft<'a> {
    site: &'a Site<'a>,
    passages: &'a Passages<'a>,
    firewall: &'a Firewall<'a>,
    found: Comparison,
}

impl<'a> Draft<'a> {
    fn new(site: &'a Site<'a>, passages: &'a Passages<'a>, firewall: &'a Firewall<'a>) -> Draft<'a> {
        let wanted: Vec<Opening> = firewall.wanted.iter().map(|wanted| wanted.opening.clone()).collect();
        let live: Vec<Opening> = firewall.live.iter().map(|live| live.opening.clone()).collect();
        Draft { site, passages, firewall, found: compare(&wanted, &live) }
    }

    fn write(&self, report: &mut Report) {
        self.rules(report);
        let Some(place) = self.firewall.residents.first() else { return };
        for (live, used) in self.firewall.live.iter().zip(&self.found.live) {
            let (direction, traffic) = (live.opening.direction, &live.opening.traffic);
            let begin = words::live(self.site, live);
            if let Some(other) = used.behind.and_then(|number| self.firewall.live.get(number)) {
                let text = format!("{begin}: changes nothing beside {} ({})", other.id, other.words);
                report.void.add(place, direction, traffic, text);
            }
            if used.is_wider() {
                let serves = used.serves.iter().filter_map(|number| self.firewall.wanted.get(*number)).flat_map(|wanted| &wanted.rules);
                let serves = words::flows(self.site, serves.copied());
                let more = words::excess(self.site, live, &used.more);
                report.wider.add(place, direction, traffic, format!("{begin}: for {serves}; allows more: {more}"));
            }
            if !used.is_extra() {
                continue;
            }
            let stand_in = stand_in::find(self.site, &self.firewall.residents, live);
            if let Some((flow, questions)) = stand_in.as_ref().and_then(stand_in::StandIn::doubtful) {
                report.doubtful.add(place, direction, traffic, format!("{begin}: {flow}; {}", self.asked(questions)));
                continue;
            }
            let near = |number: Option<usize>| {
                let wanted = number.and_then(|number| self.firewall.wanted.get(number))?;
                let flows = words::flows(self.site, wanted.rules.iter().copied());
                Some(format!("{flows} is wanted there for {}", words::far_end(self.site, &wanted.opening.peer)))
            };
            let hint = match (near(used.unsure), near(used.elsewhere), stand_in) {
                (Some(wanted), _, _) => format!("; {wanted}, and whether that is the same far end cannot be known"),
                (None, Some(wanted), _) => format!("; {wanted}"),
                (None, None, Some(stand_in)) => format!("; {stand_in}"),
                (None, None, None) => String::new(),
            };
            let text = format!("{begin}: no rule asks for it{hint}");
            report.extra.add(place, direction, traffic, text);
        }
    }

    /// Tells of each rule what is missing of it, whether it is plain, and what it rests on.
    fn rules(&self, report: &mut Report) {
        let mut rules: BTreeMap<&RuleKey, State<'_>> = BTreeMap::new();
        for (wanted, met) in self.firewall.wanted.iter().zip(&self.found.wanted) {
            for rule in &wanted.rules {
                let state = rules.entry(&rule.key).or_insert_with(|| State::of(rule, &wanted.opening.traffic));
                state.is_live |= met.partly;
                state.gaps.extend(met.gaps.iter().cloned());
                state.unsure = state.unsure.or(met.unsure);
            }
        }
        for State { rule, traffic, gaps, is_live, unsure } in rules.into_values() {
            let (place, direction) = (&rule.key.local, rule.key.direction);
            let begin = words::rule(self.site, rule);
            if !gaps.is_empty() {
                let mut text = format!("{begin}: {}", words::gaps(self.site, traffic, &gaps));
                if let Some(live) = unsure.and_then(|number| self.firewall.live.get(number)) {
                    text = format!("{text}; {} is open ({}), and whether that is the same far end cannot be known", live.words, live.id);
                }
                report.missing.add(place, direction, traffic, text);
            }
            if let Some(twins) = self.plain(rule).filter(|_| is_live) {
                report.plain.add(place, direction, traffic, format!("{begin}: {twins}"));
            }
            let questions = self.questions(rule);
            if !questions.is_empty() {
                report.doubtful.add(place, direction, traffic, format!("{begin}: {}", self.asked(questions)));
            }
        }
    }

    /// Says what could replace the plain flows of a rule; nothing if it has none.
    fn plain(&self, rule: &Rule) -> Option<String> {
        let flows = self.site.matrix.flows();
        let plain = rule.flows.keys().filter_map(|flow| flows.get(flow)).filter(|flow| flow.transport == Transport::Plain);
        let twins = plain.map(|flow| {
            let twins = flow.twins.iter().filter_map(|twin| Some((twin, flows.get(&twin.flow)?)));
            let secure = twins.filter(|(_, other)| other.transport == Transport::Secure);
            let named: Vec<String> = secure
                .map(|(twin, other)| {
                    let doubt = twin.doubt.as_ref().map(|doubt| format!(", in doubt ({doubt})")).unwrap_or_default();
                    let note = self.site.expansion.notes.get(&Subject::Flow(other.id.clone()));
                    let state = match note {
                        Some(note) => note.kind.as_str(),
                        None if self.passes(&other.id, rule) => "open as well",
                        None => "not between these two",
                    };
                    format!("secure twin {} ({state}{doubt})", other.id)
                })
                .collect();
            if named.is_empty() { "no secure twin".to_owned() } else { named.join(", ") }
        });
        let twins: Vec<String> = twins.collect();
        (!twins.is_empty()).then(|| twins.join(", "))
    }

    /// Says whether a flow has a rule between the same two placements, in the same direction.
    fn passes(&self, flow: &FlowId, beside: &Rule) -> bool {
        let keys = self.passages.get(&(flow, &beside.key.local, beside.key.direction));
        keys.into_iter().flatten().any(|key| key.peer == beside.key.peer)
    }

    /// Returns the unanswered questions that a rule rests on.
    fn questions(&self, rule: &Rule) -> BTreeSet<&'a DoubtId> {
        let of = |flow: &FlowId| self.site.expansion.questioned.get(flow).into_iter().flatten();
        let rests = |doubt: &DoubtId, by_role: bool| {
            // Who belongs to a role is no question for those whom the table names.
            let about_roles = self.site.matrix.doubts().get(doubt).is_some_and(|doubt| doubt.settled_by.iter().eq([&Settlement::Roles]));
            by_role || !about_roles
        };
        rule.flows.iter().flat_map(|(flow, cause)| of(flow).filter(move |doubt| rests(doubt, cause.role.is_some()))).collect()
    }

    fn asked(&self, questions: BTreeSet<&DoubtId>) -> String {
        let asked = questions.into_iter().map(|doubt| {
            let question = self.site.expansion.open_questions.get(doubt).map(String::as_str).unwrap_or_default();
            format!("{doubt}, {question}")
        });
        asked.collect::<Vec<_>>().join("; ")
    }
}

/// What is known of one rule.
struct State<'a> {
    rule: &'a Rule,
    traffic: &'a Traffic,
    gaps: Vec<Gap>,
    is_live: bool,
    unsure: Option<usize>,
}

impl<'a> State<'a> {
    fn of(rule: &'a Rule, traffic: &'a Traffic) -> State<'a> {
        State { rule, traffic, gaps: Vec::new(), is_live: false, unsure: None }
    }
}
