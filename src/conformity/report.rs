//! What a judgement says: lines by placement, and the verdict that follows from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::opening::Traffic;
use crate::net::Direction;
use crate::topology::PlacementName;

/// Whether live openings are what matrix and policy ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conforms {
    /// Everything wanted is open and nothing else, and no question is open.
    Yes,
    /// Nothing is missing, extra or wider, but the site has not decided everything that the table leaves open.
    OpenQuestions,
    /// Something is missing, extra or wider.
    No,
}

impl Conforms {
    /// Returns `yes`, `open_questions` or `no`.
    pub fn as_str(self) -> &'static str {
        match self {
            Conforms::Yes => "yes",
            Conforms::OpenQuestions => "open_questions",
            Conforms::No => "no",
        }
    }
}

impl fmt::Display for Conforms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Lines by placement: ingress first, then by protocol and port. Placements without a line are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines(BTreeMap<PlacementName, BTreeSet<Line>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    is_egress: bool,
    traffic: Traffic,
    text: String,
}

impl Lines {
    pub(super) fn add(&mut self, placement: &PlacementName, direction: Direction, traffic: &Traffic, text: String) {
        let line = Line { is_egress: direction == Direction::Egress, traffic: traffic.clone(), text };
        self.0.entry(placement.clone()).or_default().insert(line);
    }

    /// Returns the number of lines.
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Returns the placements with their lines.
    pub fn iter(&self) -> impl Iterator<Item = (&PlacementName, impl Iterator<Item = &str>)> {
        self.0.iter().map(|(placement, lines)| (placement, lines.iter().map(|line| line.text.as_str())))
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Wanted and not open, or not wholly.
    pub missing: Lines,
    /// Open, and wanted by nothing.
    pub extra: Lines,
    /// Open for something wanted and for more.
    pub wider: Lines,
    /// Wanted or open, and resting on a question that the site has not answered.
    pub doubtful: Lines,
    /// Unencrypted and open as wanted.
    pub plain: Lines,
    /// Open, and changing nothing, because something else lets the same through.
    pub void: Lines,
    /// Questions that are open, those without any opening among them.
    pub open_questions: usize,
    /// Firewalls that were judged.
    pub firewalls: usize,
}

impl Report {
    /// Returns the verdict.
    pub fn conforms(&self) -> Conforms {
        let wrong = [&self.missing, &self.extra, &self.wider].into_iter().any(|lines| lines.count() > 0);
        match (wrong, self.open_questions > 0 || self.doubtful.count() > 0) {
            (true, _) => Conforms::No,
            (false, true) => Conforms::OpenQuestions,
            (false, false) => Conforms::Yes,
        }
    }

    /// Returns the numbers of all kinds of lines: `1 missing, 0 extra, 2 wider, 3 doubtful, 12 plain, 0 void`.
    pub fn counts(&self) -> String {
        let Report { missing, extra, wider, doubtful, plain, void, .. } = self;
        let kinds = [("missing", missing), ("extra", extra), ("wider", wider), ("doubtful", doubtful), ("plain", plain), ("void", void)];
        kinds.map(|(name, lines)| format!("{} {name}", lines.count())).join(", ")
    }
}
