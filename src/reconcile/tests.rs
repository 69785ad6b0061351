//! Changes turn one map into the other.

use super::*;
use proptest::prelude::*;

fn any_map() -> impl Strategy<Value = BTreeMap<u8, u8>> {
    proptest::collection::btree_map(0u8..20, 0u8..4, 0..15)
}

proptest! {
    #[test]
    fn equal_maps_give_no_changes(map in any_map()) {
        prop_assert!(diff(&map, &map).is_empty());
    }

    #[test]
    fn applying_the_changes_gives_the_desired_map(desired in any_map(), observed in any_map()) {
        let Changes { add, change, remove } = diff(&desired, &observed);
        let mut result = observed.clone();
        for key in remove {
            prop_assert!(result.remove(&key).is_some(), "{key} was not there to be removed");
        }
        for (key, value) in add {
            prop_assert!(result.insert(key, value).is_none(), "{key} was there already");
        }
        for (key, value) in change {
            prop_assert!(result.insert(key, value).is_some_and(|before| before != value), "{key} needed no change");
        }
        prop_assert_eq!(result, desired);
    }
}

#[test]
fn a_looser_sameness_gives_fewer_changes() {
    let desired = BTreeMap::from([(1, "text"), (2, "text")]);
    let observed = BTreeMap::from([(1, None), (2, Some("other"))]);
    let changes = diff_by(&desired, &observed, |wanted, found| found.is_none_or(|found| found == *wanted));
    assert_eq!(changes.change, [(2, "text")]);
    assert!(changes.add.is_empty() && changes.remove.is_empty());
}
