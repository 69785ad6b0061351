//! Sets of numbers as ranges: addresses of one family, or ports.

/// Ranges from first to last, sorted, with a gap between neighbors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    /// Returns these ranges as one set.
    pub(super) fn new(ranges: impl IntoIterator<Item = (u128, u128)>) -> Ranges {
        let mut sorted: Vec<(u128, u128)> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                Some(_) | None => joined.push((first, last)),
            }
        }
        Ranges(joined)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ranges from first to last, lowest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u128, u128)> {
        self.0.iter().copied()
    }

    #[cfg(test)]
    pub(super) fn contains(&self, number: u128) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// Returns what is in both.
    pub(super) fn and(&self, other: &Ranges) -> Ranges {
        let mut both = Vec::new();
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((first, last)), Some((other_first, other_last))) = (ours.peek(), theirs.peek()) {
            let (from, to) = (first.max(other_first), last.min(other_last));
            if from <= to {
                both.push((*from, *to));
            }
            if last < other_last {
                ours.next();
            } else {
                theirs.next();
            }
        }
        Ranges(both)
    }

    /// Returns what is in either.
    pub(super) fn or(&self, other: &Ranges) -> Ranges {
        Ranges::new(self.0.iter().chain(&other.0).copied())
    }

    /// Returns what is in this and not in the other.
    pub(super) fn without(&self, other: &Ranges) -> Ranges {
        let mut left = Vec::new();
        for (first, last) in &self.0 {
            let mut next = Some(*first);
            for (other_first, other_last) in other.0.iter().filter(|(other_first, other_last)| other_first <= last && other_last >= first) {
                if let Some(from) = next.filter(|from| from < other_first) {
                    left.push((from, other_first - 1));
                }
                next = other_last.checked_add(1).filter(|from| from <= last);
            }
            left.extend(next.map(|from| (from, *last)));
        }
        Ranges(left)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_number_there_is_has_no_next() {
        let all = Ranges::new([(0, u128::MAX)]);
        assert_eq!(all.without(&Ranges::new([(5, u128::MAX)])), Ranges::new([(0, 4)]));
        assert!(all.without(&all).is_empty());
        assert_eq!(Ranges::new([(0, 3), (4, 7), (9, 9)]), Ranges::new([(9, 9), (0, 7)]));
    }

    proptest! {
        #[test]
        fn they_are_sets(one in proptest::collection::vec((0..40_u128, 0..6_u128), 0..6), other in proptest::collection::vec((0..40_u128, 0..6_u128), 0..6)) {
            let build = |ranges: &[(u128, u128)]| Ranges::new(ranges.iter().map(|(first, more)| (*first, first + more)));
            let set = |ranges: &Ranges| (0..50).filter(|number| ranges.contains(*number)).collect::<BTreeSet<u128>>();
            let (one, other) = (build(&one), build(&other));
            prop_assert_eq!(set(&one.and(&other)), set(&one).intersection(&set(&other)).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(set(&one.without(&other)), set(&one).difference(&set(&other)).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(Ranges::new(one.0.clone()), one, "canonical");
        }
    }
}
