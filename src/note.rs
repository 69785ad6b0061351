//! What the expansion found worth telling: for every flow without a rule, why.

use std::fmt;

use crate::matrix::FlowId;
use crate::topology::PlacementName;

/// The kind of a note; the first word of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The policy excludes it.
    Excluded,
    /// Both ends are on one host.
    SameHost,
    /// The listener is closed as shipped and not included.
    ClosedAsShipped,
    /// Only the text speaks of it, and it is not included.
    Implied,
    /// An end lives nowhere.
    NotPlaced,
    /// No believable initiator is printed and the site named none.
    Held,
    /// The network does not carry it, or not to this host.
    Multicast,
    /// The policy's choice of transport closes it.
    Transport,
    /// One of several services has to be chosen first.
    ChoiceMissing,
    /// Both ends are placed, but no firewall of ours is at either.
    Outside,
    /// A placement that takes part in nothing.
    UnusedPlacement,
}

impl NoteKind {
    /// Returns the words that begin the note.
    pub fn as_str(self) -> &'static str {
        match self {
            NoteKind::Excluded => "excluded",
            NoteKind::SameHost => "same host",
            NoteKind::ClosedAsShipped => "closed as shipped",
            NoteKind::Implied => "implied",
            NoteKind::NotPlaced => "not placed",
            NoteKind::Held => "held",
            NoteKind::Multicast => "multicast",
            NoteKind::Transport => "transport",
            NoteKind::ChoiceMissing => "choice missing",
            NoteKind::Outside => "outside",
            NoteKind::UnusedPlacement => "unused placement",
        }
    }
}

/// What a note is about; displayed as its key in a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A flow without any rule.
    Flow(FlowId),
    /// A pair of placements without a rule, of a flow that has rules elsewhere.
    Pair {
        /// The flow.
        flow: FlowId,
        /// Where it is opened from.
        from: PlacementName,
        /// Where it listens.
        to: PlacementName,
    },
    /// A placement.
    Placement(PlacementName),
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Flow(flow) => write!(formatter, "{flow}"),
            Subject::Pair { flow, from, to } => write!(formatter, "{flow} from {from} to {to}"),
            Subject::Placement(name) => write!(formatter, "placement {name}"),
        }
    }
}

/// One finding; displayed as `kind` or `kind: reason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of finding.
    pub kind: NoteKind,
    /// What more there is to say; may be empty.
    pub reason: String,
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.as_str())?;
        if self.reason.is_empty() { Ok(()) } else { write!(formatter, ": {}", self.reason) }
    }
}
