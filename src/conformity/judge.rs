//! What comparing means for a rollout: findings about each firewall, as lines.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Comparison, Gap, compare};
use super::opening::{Opening, Peer, Traffic};
use super::report::Report;
use super::{stand_in, words};
use crate::expand::Expansion;
use crate::matrix::{DoubtId, FlowId, Matrix, Transport};
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

/// One firewall: what is wanted of it, what it lets through, and how the two compare.
#[derive(Debug)]
pub struct Firewall<'a> {
    /// The placements that it protects, at least one; findings about live rules are told of the first.
    pub residents: BTreeSet<&'a PlacementName>,
    /// What is wanted.
    pub wanted: Vec<Wanted<'a>>,
    /// What is live, in the directions that the policy is about.
    pub live: Vec<Live>,
    /// How the two compare; it counts them in the order that they have here.
    pub found: Comparison,
}

/// Something wanted.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Its traffic.
    pub traffic: Traffic,
    /// Its far ends.
    pub peers: Vec<Peer>,
    /// The rules that need it.
    pub rules: Vec<&'a Rule>,
}

/// A live rule.
#[derive(Debug)]
pub struct Live {
    /// Toward or away from what the firewall protects.
    pub direction: Direction,
    /// All of its traffic; a rule without any is about everything.
    pub traffic: Vec<Traffic>,
    /// All of its far ends.
    pub peers: Vec<Peer>,
    /// How it is called.
    pub named: Named,
}

/// How a live rule is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// What it does, in the cloud's words: `ingress tcp 3389 from 10.0.0.0/8`.
    pub words: String,
    /// The cloud's name for the rule.
    pub id: String,
    /// Whose it is: `of emc-prod`, `no mark`.
    pub owner: String,
    /// What it says about itself.
    pub description: Option<String>,
}

impl<'a> Firewall<'a> {
    /// Returns a firewall that only lets through: each of its rules is one opening, and none of them denies. The order in which
    /// openings are given changes nothing.
    pub fn of_openings(
        residents: BTreeSet<&'a PlacementName>,
        mut wanted: Vec<(Opening, Vec<&'a Rule>)>,
        mut live: Vec<(Opening, Named)>,
    ) -> Firewall<'a> {
        wanted.sort_by(|(one, _), (other, _)| one.cmp(other));
        live.sort_by(|(one, its), (other, of)| (one, &its.id).cmp(&(other, &of.id)));
        let openings = |openings: &mut dyn Iterator<Item = &Opening>| openings.cloned().collect::<Vec<Opening>>();
        let found =
            compare(&openings(&mut wanted.iter().map(|(opening, _)| opening)), &openings(&mut live.iter().map(|(opening, _)| opening)));
        let wanted = wanted.into_iter().map(|(Opening { traffic, peer, .. }, rules)| Wanted { traffic, peers: vec![peer], rules });
        let live = live.into_iter().map(|(Opening { direction, traffic, peer }, named)| Live {
            direction,
            traffic: vec![traffic],
            peers: vec![peer],
            named,
        });
        Firewall { residents, wanted: wanted.collect(), live: live.collect(), found }
    }
}

/// Judges firewalls.
pub fn judge(site: &Site<'_>, firewalls: &[Firewall<'_>]) -> Report {
    let mut report = Report { open_questions: site.expansion.open_questions.len(), ..Report::default() };
    let passages = passages(site.expansion);
    for firewall in firewalls {
        report.firewalls += 1;
        Draft { site, passages: &passages, firewall }.write(&mut report);
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
}

impl<'a> Draft<'a> {
    fn write(&self, report: &mut Report) {
        self.rules(report);
        let Some(place) = self.firewall.residents.first() else { return };
        for (live, used) in self.firewall.live.iter().zip(&self.firewall.found.live) {
            let (direction, traffic) = (live.direction, live.traffic.first().unwrap_or(&Traffic::Every));
            let begin = words::live(self.site, live);
            if let Some(other) = used.behind.and_then(|number| self.firewall.live.get(number)) {
                let text = format!("{begin}: changes nothing beside {} ({})", other.named.id, other.named.words);
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
                Some(format!("{flows} is wanted there for {}", words::far_ends(self.site, &wanted.peers)))
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
        for (wanted, met) in self.firewall.wanted.iter().zip(&self.firewall.found.wanted) {
            for rule in &wanted.rules {
                let state = rules.entry(&rule.key).or_insert_with(|| State::of(rule, &wanted.traffic));
                state.is_live |= met.partly;
                state.gaps.extend(met.gaps.iter().cloned());
                state.unsure = state.unsure.or(met.unsure);
            }
        }
        for State { rule, traffic, gaps, is_live, unsure } in rules.into_values() {
            let (place, direction) = (&rule.key.local, rule.key.direction);
            let begin = words::rule(self.site, rule);
            if !gaps.is_empty() {
                let mut text = format!("{begin}: {}", words::gaps(self.site, &self.firewall.live, traffic, &gaps));
                if let Some(live) = unsure.and_then(|number| self.firewall.live.get(number)) {
                    let Named { words, id, .. } = &live.named;
                    text = format!("{text}; {words} is open ({id}), and whether that is the same far end cannot be known");
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
    fn questions(&self, rule: &'a Rule) -> BTreeSet<&'a DoubtId> {
        let (matrix, expansion) = (self.site.matrix, self.site.expansion);
        rule.flows.iter().flat_map(|(flow, cause)| expansion.questions(matrix, flow, cause)).collect()
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
