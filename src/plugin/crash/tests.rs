//! Panics inside a call are caught, others are reported.

use super::{GUARDED, catch, guarded, report};
use std::time::Duration;

#[test]
fn a_guarded_panic_is_a_value() {
    let panic = guarded(|| -> u8 { panic!("the {} broke", "anvil") }).unwrap_err();
    assert_eq!(panic.message, "the anvil broke");
    assert_eq!(guarded(|| 7), Ok(7));
    let dull = guarded(|| std::panic::panic_any(7_u8)).unwrap_err();
    assert_eq!(dull.message, "a panic without a message");
}

#[test]
fn the_guard_ends_with_its_scope_and_nests() {
    assert!(!GUARDED.get());
    guarded(|| {
        guarded(|| panic!("inner")).unwrap_err();
        assert!(GUARDED.get());
    })
    .unwrap();
    assert!(!GUARDED.get());
    guarded(|| panic!("outer")).unwrap_err();
    assert!(!GUARDED.get());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_guard_follows_its_future_and_nothing_else() {
    let calls: Vec<_> = (0..64)
        .map(|n| {
            let guarded_call = tokio::spawn(catch(async move {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                    assert!(GUARDED.get());
                }
                tokio::time::sleep(Duration::from_micros(n)).await;
                assert!(n % 2 == 0, "call {n}");
                n
            }));
            let other_work = tokio::spawn(async {
                for _ in 0..20 {
                    assert!(!GUARDED.get());
                    tokio::task::yield_now().await;
                }
            });
            (n, guarded_call, other_work)
        })
        .collect();
    for (n, guarded_call, other_work) in calls {
        other_work.await.unwrap();
        let outcome = guarded_call.await.unwrap();
        if n % 2 == 0 {
            assert_eq!(outcome, Ok(n));
        } else {
            assert_eq!(outcome.unwrap_err().message, format!("call {n}"));
        }
    }
}

#[test]
fn a_report_begins_as_hosts_expect() {
    let text = report("terraform-provider-anvil 1.2.3", "too heavy", "src/anvil.rs:7", "0: main");
    assert_eq!(text, "panic: too heavy [src/anvil.rs:7]\n\nterraform-provider-anvil 1.2.3\n0: main\n");
}
