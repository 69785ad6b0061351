//! A resource that answers what a test tells it to, and what becomes of its answers.

use async_trait::async_trait;

use super::*;

/// Answers what a test tells it to.
#[derive(Default)]
struct Puppet {
    plan: Option<fn(PlanRequest) -> PlanResponse>,
    apply: Option<fn(ApplyRequest) -> StateResponse>,
    read: Option<fn(ReadRequest) -> StateResponse>,
}

#[async_trait]
impl Resource for Puppet {
    fn type_name(&self) -> &str {
        "toy_puppet"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        match self.plan {
            Some(plan) => plan(request),
            None => PlanResponse::planned(request.proposed),
        }
    }

    async fn read(&self, request: ReadRequest) -> StateResponse {
        self.read.unwrap()(request)
    }

    async fn apply(&self, request: ApplyRequest) -> StateResponse {
        self.apply.unwrap()(request)
    }
}

fn error() -> Diagnostic {
    Diagnostic::error("No", "It did not work.")
}

fn private() -> Private {
    Private(b"kept".to_vec())
}

fn details(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(Diagnostic::detail).collect()
}

async fn planned(puppet: &Puppet, prior: Option<Value>, proposed: Option<Value>) -> PlanResponse {
    plan(puppet, &schema(), config(), prior, proposed, private(), Stop::never()).await
}

#[tokio::test]
async fn a_plan_keeps_private_state_and_adds_what_the_schema_replaces() {
    let puppet = Puppet {
        plan: Some(|request| PlanResponse::planned(request.proposed.map(|value| value.with("extra", Value::Null)))),
        ..Default::default()
    };
    let response = planned(&puppet, Some(state().with("zone", "z")), Some(config())).await;
    assert_eq!(details(&response.diagnostics), Vec::<&str>::new());
    assert_eq!(response.private, Some(private()));
    assert_eq!(response.requires_replace, [AttributePath::root().attr("zone")]);
    assert_eq!(response.planned.unwrap().get("extra"), &Value::list([]), "null blocks become none");
    let puppet =
        Puppet { plan: Some(|request| PlanResponse::planned(request.proposed).with_private(Private(vec![1]))), ..Default::default() };
    let response = planned(&puppet, None, Some(config())).await;
    assert_eq!(response.private, Some(Private(vec![1])));
    assert!(response.requires_replace.is_empty(), "a creation replaces nothing");
}

#[tokio::test]
async fn a_plan_must_be_what_it_is_asked_for() {
    let nothing = Puppet { plan: Some(|_| PlanResponse::planned(None)), ..Default::default() };
    let response = planned(&nothing, None, Some(config())).await;
    assert_eq!(
        details(&response.diagnostics),
        [
            "The provider planned a deletion where something was to be kept or made. This is a bug in the provider, not in the configuration: please report it."
        ]
    );
    assert!(!planned(&nothing, Some(state()), None).await.diagnostics.has_errors());
    let something = Puppet { plan: Some(|request| PlanResponse::planned(request.prior)), ..Default::default() };
    assert!(planned(&something, Some(state()), None).await.diagnostics.has_errors());
    let wrong =
        Puppet { plan: Some(|request| PlanResponse::planned(request.proposed.map(|value| value.with("name", "x")))), ..Default::default() };
    let response = planned(&wrong, None, Some(config())).await;
    let diagnostic = response.diagnostics.iter().next().unwrap();
    assert_eq!(diagnostic.path().unwrap().to_string(), "name");
    assert_eq!(
        diagnostic.detail(),
        "The provider planned what the configuration does not allow. `name`: \"x\" is planned, \"n\" configured. \
         This is a bug in the provider, not in the configuration: please report it."
    );
}

async fn applied(act: fn(ApplyRequest) -> StateResponse, prior: Option<Value>, planned: Option<Value>) -> StateResponse {
    let puppet = Puppet { apply: Some(act), ..Default::default() };
    apply(&puppet, &schema(), config(), prior, planned, private(), Stop::never()).await
}

#[tokio::test]
async fn after_an_error_the_state_is_what_is_really_there() {
    let fails: fn(ApplyRequest) -> StateResponse = |_| StateResponse::failed(error());
    let response = applied(fails, None, Some(config())).await;
    assert_eq!((response.state, response.private), (None, Some(private())), "nothing was created");
    let response = applied(fails, Some(state()), Some(config())).await;
    assert_eq!(response.state, Some(state()), "an update that failed leaves what was there");
    let response = applied(fails, Some(state()), None).await;
    assert_eq!((response.state, response.private), (Some(state()), Some(private())), "a deletion that failed leaves what was there");
    let half: fn(ApplyRequest) -> StateResponse =
        |request| StateResponse::state(request.planned.unwrap()).with_private(Private(vec![7])).with_diagnostics([error()]);
    let response = applied(half, None, Some(config().with("id", Value::Unknown))).await;
    assert_eq!((response.state, response.private), (Some(config()), Some(Private(vec![7]))), "unknown parts are null");
    assert_eq!(details(&response.diagnostics), ["It did not work."]);
}

#[tokio::test]
async fn a_success_is_checked() {
    let echo: fn(ApplyRequest) -> StateResponse = |request| StateResponse::state(request.planned.or(request.prior).unwrap());
    let response = applied(echo, None, Some(config())).await;
    assert_eq!((response.state, response.private, details(&response.diagnostics)), (Some(config()), Some(private()), vec![]));
    let response = applied(echo, None, Some(config().with("id", Value::Unknown))).await;
    assert_eq!(response.state, Some(config()));
    assert_eq!(
        details(&response.diagnostics),
        ["The provider applied something else than it had planned. `id`: the value is still unknown. \
          This is a bug in the provider, not in the configuration: please report it."]
    );
    let response = applied(echo, Some(state()), None).await;
    assert_eq!(response.state, Some(state()));
    assert!(response.diagnostics.has_errors(), "still there after a deletion");
    let gone: fn(ApplyRequest) -> StateResponse = |_| StateResponse::gone();
    let response = applied(gone, Some(state()), None).await;
    assert_eq!((response.state, response.private, response.diagnostics.is_empty()), (None, None, true));
    assert!(applied(gone, None, Some(config())).await.diagnostics.has_errors(), "nothing there after a creation");
}

#[tokio::test]
async fn reading_keeps_what_it_does_not_change() {
    let run = async |act: fn(ReadRequest) -> StateResponse| {
        let puppet = Puppet { read: Some(act), ..Default::default() };
        read(&puppet, &schema(), state(), private(), Stop::never()).await
    };
    let response = run(|request| StateResponse::state(request.state)).await;
    assert_eq!((response.state, response.private), (Some(state()), Some(private())));
    let response = run(|_| StateResponse::gone()).await;
    assert_eq!((response.state, response.diagnostics.is_empty()), (None, true));
    let response = run(|_| StateResponse::failed(error())).await;
    assert_eq!((response.state, response.private), (Some(state()), Some(private())));
    let response = run(|request| StateResponse::state(request.state.with("id", Value::Unknown))).await;
    assert!(response.diagnostics.has_errors());
    assert!(response.state.unwrap().get("id").is_null());
}
