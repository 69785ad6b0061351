//! Whether a twin replaces a flow for one of those who open it, and if none does, why.

use std::collections::BTreeMap;
use std::fmt;

use super::site::{Opener, Place, Site};
use crate::matrix::{DoubtId, Flow, FlowId, Party, Transport, Twin};
use crate::note::NoteKind;
use crate::topology::{Exclusion, PlacementName};

/// What keeps a twin from replacing a flow for somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Obstacle<'a> {
    /// Whether both serve the same purpose is an open question.
    Doubt(&'a FlowId, &'a DoubtId),
    /// It is not open.
    Closed(&'a FlowId, NoteKind),
    /// The policy closes it from there.
    Excluded(&'a FlowId, &'a PlacementName),
    /// It is printed for these alone.
    ForOthers(&'a FlowId, Vec<&'a str>),
}

impl fmt::Display for Obstacle<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Doubt(twin, doubt) => write!(formatter, "its twin {twin} is in doubt ({doubt})"),
            Obstacle::Closed(twin, kind) => write!(formatter, "its twin {twin} is not open ({})", kind.as_str()),
            Obstacle::Excluded(twin, placement) => write!(formatter, "its twin {twin} is excluded from {placement}"),
            Obstacle::ForOthers(twin, users) => {
                write!(formatter, "its twin {twin} is for {} only", users.join(", "))
            }
        }
    }
}

/// Returns the twin of the wanted kind that replaces `flow` for `opener`.
///
/// # Errors
/// What keeps each of its twins from it; nothing for a flow that has none.
pub(super) fn replacement<'a>(
    site: &Site<'a>,
    flow: &'a Flow,
    wanted: Transport,
    opener: Opener<'a>,
) -> Result<&'a FlowId, Vec<Obstacle<'a>>> {
    let mut obstacles = Vec::new();
    for twin in &flow.twins {
        let Some(other) = site.matrix.flows().get(&twin.flow).filter(|other| other.transport == wanted) else { continue };
        match obstacle(site, twin, other, opener) {
            Some(obstacle) => obstacles.push(obstacle),
            None => return Ok(&other.id),
        }
    }
    Err(obstacles)
}

fn obstacle<'a>(site: &Site<'a>, twin: &'a Twin, other: &'a Flow, opener: Opener<'a>) -> Option<Obstacle<'a>> {
    // An answer is a text: nobody but its reader knows which way it went. A site that wants the port closed excludes it.
    if let Some(doubt) = &twin.doubt {
        return Some(Obstacle::Doubt(&other.id, doubt));
    }
    if let Err(note) = site.admit(other).and_then(|()| site.mail_chosen(other)) {
        return Some(Obstacle::Closed(&other.id, note.kind));
    }
    let (place, _) = opener;
    if is_excluded(site, &other.id, place) {
        return Some(Obstacle::Excluded(&other.id, place.name));
    }
    let placed = site.openers(&other.id).map(|openers| &openers.placed);
    let covered = placed.is_some_and(|placed| placed.contains_key(&opener) || placed.contains_key(&(place, None)));
    (!covered).then(|| Obstacle::ForOthers(&other.id, other.initiators.iter().map(Party::as_str).collect()))
}

/// Tells whether the policy closes a flow from there.
pub(super) fn is_excluded(site: &Site<'_>, flow: &FlowId, place: Place<'_>) -> bool {
    matches!(site.topology.policy.exclude.get(flow), Some(Exclusion::From(placements)) if placements.contains(place.name))
}

/// Names somebody who opens a flow: `desktop in agents`, or the placement that the policy names as a whole.
pub(super) fn named((place, component): Opener<'_>) -> String {
    component.map_or_else(|| place.name.to_string(), |component| format!("{component} in {}", place.name))
}

/// Says which secure twin serves instead of a plain flow that is closed, and for whom none does.
pub(super) fn instead<'a>(site: &Site<'a>, flow: &'a Flow) -> String {
    let mut served: BTreeMap<&FlowId, Vec<String>> = BTreeMap::new();
    let mut left: BTreeMap<Vec<Obstacle<'a>>, Vec<String>> = BTreeMap::new();
    let openers = site.openers(&flow.id).into_iter().flat_map(|openers| openers.placed.keys());
    for opener in openers.filter(|(place, _)| !is_excluded(site, &flow.id, *place)) {
        match replacement(site, flow, Transport::Secure, *opener) {
            Ok(twin) => served.entry(twin).or_default().push(named(*opener)),
            Err(obstacles) => left.entry(obstacles).or_default().push(named(*opener)),
        }
    }
    if left.is_empty() {
        let twins: Vec<&str> = flow.twins.iter().map(|twin| twin.flow.as_str()).collect();
        return format!("{} instead", twins.join(", "));
    }
    // Who is not among those whom a twin serves needs no other reason.
    let is_plain = |obstacles: &[Obstacle<'_>]| !served.is_empty() && obstacles.iter().all(|one| matches!(one, Obstacle::ForOthers(..)));
    let nothing = left.iter().map(|(obstacles, who)| match obstacles.as_slice() {
        [Obstacle::Doubt(twin, doubt)] => format!("in doubt whether {twin} serves instead ({doubt})"),
        obstacles if is_plain(obstacles) => format!("nothing instead for {}", who.join(", ")),
        obstacles => {
            let because: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
            format!("nothing instead for {}: {}", who.join(", "), because.join(", "))
        }
    });
    let served = served.iter().map(|(twin, who)| format!("{twin} instead for {}", who.join(", ")));
    served.chain(nothing).collect::<Vec<_>>().join("; ")
}
