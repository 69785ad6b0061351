//! Groups are looked at together, and gone only after a second look.

use serde_json::json;

use super::*;
use crate::azure::endpoint::tests::fake::{Fake, GROUP, Step, endpoint, group};

mod wire;

#[tokio::test]
async fn a_group_is_gone_only_after_a_second_look() {
    let fake = Fake::new([Step::code(404, "ResourceNotFound"), live()]);
    let seen = arm(&fake).observe(&groups(&["core"])).await.unwrap();
    assert!(matches!(&seen[&group()], Observed::Live(_)), "{seen:?}");

    let fake = Fake::new([Step::code(404, "ResourceNotFound"), Step::code(404, "ResourceGroupNotFound")]);
    let seen = arm(&fake).observe(&groups(&["core"])).await.unwrap();
    assert_eq!(seen[&group()], Observed::Gone);
}

#[tokio::test]
async fn many_groups_are_looked_at_with_one_token() {
    let names: Vec<String> = (0..30).map(|number| format!("group-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fake = Fake::new(vec![live(); 30]);
    let seen = arm(&fake).observe(&groups(&names)).await.unwrap();
    assert_eq!(seen.len(), 30);
    let tokens: BTreeSet<_> = fake.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(tokens.len(), 1);
    assert!(arm(&Fake::new([])).observe(&BTreeSet::new()).await.unwrap().is_empty(), "nobody is asked about nothing");
}

#[tokio::test]
async fn what_fails_for_one_group_is_said() {
    let fake = Fake::new(vec![Step::code(400, "InvalidResourceName"); 3]);
    let error = arm(&fake).observe(&groups(&["c", "a", "b"])).await.unwrap_err();
    assert_eq!(error.groups(), groups(&["a"]), "the first in their order, whoever answered first");

    let fake = Fake::new([Step::json(200, json!({"etag": "W/\"1\"", "location": "westeurope"}))]);
    let error = arm(&fake).observe(&groups(&["core"])).await.unwrap_err();
    assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");
}

fn live() -> Step {
    Step::json(200, json!({"etag": "W/\"1\"", "location": "westeurope", "properties": {"securityRules": []}}))
}

fn arm(fake: &Arc<Fake>) -> Arm {
    Arm { shared: Arc::new(Shared { settings: Settings::default(), endpoint: OnceCell::new_with(Some(endpoint(fake))) }) }
}

fn groups(names: &[&str]) -> BTreeSet<NsgId> {
    names.iter().map(|name| GROUP.replace("core", name).parse().unwrap()).collect()
}
