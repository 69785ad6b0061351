//! Which priority each of our rules has: a slot out of a band, for life.
//!
//! A rule that is live keeps its name and its slot, also where its placements are renamed or its addresses change; new rules fill gaps;
//! nothing is ever shuffled. Inbound and outbound rules number separately. The end of the band is kept for rules that deny, so that they
//! stand behind all that allow. Pure: equal inputs give equal slots, at plan and at apply.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::net::Direction;

use super::id::RuleName;
use super::name;
use super::rule::{Access, FIRST_PRIORITY, LAST_PRIORITY, Opening, SecurityRule};

mod matching;
#[cfg(test)]
mod tests;

pub(crate) use matching::matching;

/// Most of a band's end that is kept for rules that deny.
const MOST_TO_DENY: u16 = 100;

/// The priorities that our rules may have.
///
/// ```
/// use terraform_provider_emc::azure::priority::Band;
/// assert_eq!(Band::default(), "1000-2999".parse().unwrap());
/// assert!("50-99".parse::<Band>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Band {
    first: u16, // INVARIANT: FIRST_PRIORITY <= first < last <= LAST_PRIORITY
    last: u16,
}

/// Why a text is no band.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a range of priorities: {fault}")]
pub struct BandError {
    text: String,
    fault: String,
}

impl BandError {
    fn new(text: &str, fault: &str) -> BandError {
        let advice = format!("write the first and the last of at least ten priorities from {FIRST_PRIORITY} to {LAST_PRIORITY}");
        BandError { text: text.to_owned(), fault: format!("{fault}; {advice}, such as `{}`", Band::default()) }
    }

    fn reversed(first: u16, last: u16, right: Band) -> BandError {
        BandError { text: format!("{first}-{last}"), fault: format!("it is reversed; write `{right}`") }
    }
}

/// A rule that is to have a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The name that it would have if it were new.
    pub name: RuleName,
    /// Its direction.
    pub direction: Direction,
    /// Whether it allows or denies.
    pub access: Access,
    /// What it opens, if that is known already.
    pub opening: Option<Opening>,
}

/// The name and the priority that a rule has for life.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The name: the one that it has already, or the one that it would have if it were new.
    pub name: RuleName,
    /// The priority.
    pub priority: u16,
}

/// That the band has too few free slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the band {band} has too few free priorities: {missing} {direction} rules that {} find none", verb(*access))]
pub struct Full {
    /// The band.
    pub band: Band,
    /// The direction.
    pub direction: Direction,
    /// Whether those that allow find no slot, or those that deny.
    pub access: Access,
    /// How many find none.
    pub missing: usize,
    /// A band in which all of them would fit, and nobody else is.
    pub fitting: Option<Band>,
}

impl Band {
    /// Returns the band from `first` to `last`.
    ///
    /// # Errors
    /// When that is not within Azure's 100 to 4096, or less than ten wide.
    pub fn new(first: u16, last: u16) -> Result<Band, BandError> {
        let fault = match (first, last) {
            (first, _) if first < FIRST_PRIORITY => Some("it begins too low"),
            (_, last) if last > LAST_PRIORITY => Some("it ends too high"),
            (first, last) if last < first.saturating_add(9) => Some("it is too narrow"),
            _ => None,
        };
        match fault {
            None => Ok(Band { first, last }),
            Some(fault) => Err(match (last < first).then(|| Band::new(last, first)) {
                Some(Ok(right)) => BandError::reversed(first, last, right),
                Some(Err(_)) | None => BandError::new(&format!("{first}-{last}"), fault),
            }),
        }
    }

    /// Returns its lowest priority.
    pub fn first(self) -> u16 {
        self.first
    }

    /// Returns its highest priority.
    pub fn last(self) -> u16 {
        self.last
    }

    /// Returns the part for rules that allow, or for those that deny: the last tenth, at most a hundred.
    pub fn part(self, access: Access) -> RangeInclusive<u16> {
        let to_deny = ((self.last - self.first + 1) / 10).clamp(1, MOST_TO_DENY);
        match access {
            Access::Allow => self.first..=self.last - to_deny,
            Access::Deny => self.last - to_deny + 1..=self.last,
        }
    }

    /// Returns how many slots of a part are free.
    pub fn free(self, direction: Direction, access: Access, taken: &BTreeSet<(Direction, u16)>) -> usize {
        self.part(access).filter(|priority| !taken.contains(&(direction, *priority))).count()
    }
}

/// Returns the slot of each rule, by the name that it would have if it were new.
///
/// `held` are the rules that are ours already. `taken` are priorities of other people's rules. A rule of ours leaves its slot only where
/// that is outside of its part of the band, because the band was changed, or somebody moved it there.
///
/// # Errors
/// When there are not enough slots in the band.
pub fn assign<'a>(
    band: Band,
    held: impl IntoIterator<Item = &'a SecurityRule>,
    needs: &[Need],
    taken: &BTreeSet<(Direction, u16)>,
) -> Result<BTreeMap<RuleName, Slot>, Full> {
    let held: Vec<&SecurityRule> = held.into_iter().collect();
    let matched = matching(&held, needs);
    let mut used = taken.clone();
    let mut slots: BTreeMap<RuleName, Slot> = BTreeMap::new();
    let mut names: BTreeSet<String> = matched.values().map(|rule| name::folded(&rule.name)).collect();
    let mut kept: BTreeMap<&RuleName, RuleName> = BTreeMap::new();
    for need in needs {
        let live = matched.get(&need.name).copied();
        let live_name = live.and_then(|rule| rule.name.parse::<RuleName>().ok());
        let priority = live.map(|rule| rule.priority).filter(|priority| band.part(need.access).contains(priority));
        if let Some(name) = &live_name {
            kept.insert(&need.name, name.clone());
        }
        if let Some(priority) = priority.filter(|priority| used.insert((need.direction, *priority))) {
            let name = live_name.unwrap_or_else(|| need.name.clone());
            slots.insert(need.name.clone(), Slot { name, priority });
        }
    }
    // Slots of rules that go are the last to be taken: then no rule waits for another to leave.
    let leaving: BTreeSet<(Direction, u16)> = held.iter().map(|rule| (rule.opening.direction, rule.priority)).collect();
    let mut missing: BTreeMap<(Direction, Access), usize> = BTreeMap::new();
    for need in needs.iter().filter(|need| !slots.contains_key(&need.name)).collect::<Vec<_>>() {
        let mut free = band.part(need.access).filter(|priority| !used.contains(&(need.direction, *priority)));
        let quiet = free.clone().find(|priority| !leaving.contains(&(need.direction, *priority)));
        let Some(priority) = quiet.or_else(|| free.next()) else {
            *missing.entry((need.direction, need.access)).or_default() += 1;
            continue;
        };
        used.insert((need.direction, priority));
        let name = kept.get(&need.name).cloned().unwrap_or_else(|| {
            let opening = need.opening.as_ref().map(ToString::to_string).unwrap_or_default();
            name::distinct(&need.name, &opening, &names)
        });
        names.insert(name::folded(name.as_str()));
        slots.insert(need.name.clone(), Slot { name, priority });
    }
    match missing.into_iter().next() {
        None => Ok(slots),
        Some(((direction, access), missing)) => Err(Full { band, direction, access, missing, fitting: fitting(needs, taken) }),
    }
}

/// Returns a band in which all of these rules find a slot and nobody else is, the one nearest to the beginning.
pub(crate) fn fitting(needs: &[Need], taken: &BTreeSet<(Direction, u16)>) -> Option<Band> {
    let most =
        |access| Direction::ALL.map(|direction| needs.iter().filter(|need| (need.direction, need.access) == (direction, access)).count());
    let fits = |band: &Band| {
        let enough = |access| most(access).into_iter().max().unwrap_or_default() <= band.part(access).count();
        enough(Access::Allow) && enough(Access::Deny)
    };
    let is_empty = |band: &Band| !taken.iter().any(|(_, priority)| (band.first..=band.last).contains(priority));
    let step = usize::from(FIRST_PRIORITY);
    let bands = (1..=40_u16).flat_map(|hundreds| {
        let starts = (FIRST_PRIORITY..LAST_PRIORITY).step_by(step);
        starts.filter_map(move |first| Band::new(first, first.checked_add(hundreds * FIRST_PRIORITY)? - 1).ok())
    });
    bands.filter(fits).find(is_empty)
}

impl Default for Band {
    fn default() -> Band {
        Band { first: 1000, last: 2999 }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.first, self.last)
    }
}

impl FromStr for Band {
    type Err = BandError;

    fn from_str(text: &str) -> Result<Band, BandError> {
        let malformed = || BandError::new(text, "it is not two numbers around a hyphen");
        let number = |text: &str| text.trim().parse::<u16>().map_err(|_| malformed());
        let (first, last) = text.split_once('-').ok_or_else(malformed)?;
        Band::new(number(first)?, number(last)?)
    }
}

fn verb(access: Access) -> &'static str {
    access.as_str()
}
