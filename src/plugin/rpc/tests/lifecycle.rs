//! One resource from its first plan to its end, and what goes wrong on the way.

use super::*;

async fn plan(service: &Service, prior: Option<&Value>, proposed: Option<&Value>) -> proto::plan_resource_change::Response {
    let request = proto::plan_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        prior_state: state(prior.unwrap_or(&Value::Null)),
        proposed_new_state: state(proposed.unwrap_or(&Value::Null)),
        config: state(&proposed.map_or(Value::Null, |proposed| proposed.clone().with("id", Value::Null))),
        prior_private: b"private".to_vec(),
        ..Default::default()
    };
    service.plan_resource_change(Request::new(request)).await.unwrap().into_inner()
}

fn apply_request(prior: Option<&Value>, planned: Option<&Value>) -> Request<proto::apply_resource_change::Request> {
    Request::new(proto::apply_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        prior_state: state(prior.unwrap_or(&Value::Null)),
        planned_state: state(planned.unwrap_or(&Value::Null)),
        config: state(&planned.map_or(Value::Null, |planned| planned.clone().with("id", Value::Null))),
        planned_private: b"private".to_vec(),
        ..Default::default()
    })
}

async fn apply(service: &Service, prior: Option<&Value>, planned: Option<&Value>) -> proto::apply_resource_change::Response {
    service.apply_resource_change(apply_request(prior, planned)).await.unwrap().into_inner()
}

async fn read(service: &Service, current: &Value) -> proto::read_resource::Response {
    let request = proto::read_resource::Request {
        type_name: "toy_thing".to_owned(),
        current_state: state(current),
        private: b"private".to_vec(),
        ..Default::default()
    };
    service.read_resource(Request::new(request)).await.unwrap().into_inner()
}

fn done(name: &str) -> Value {
    config(name).with("level", 1_i64).with("id", "id-1")
}

#[tokio::test]
async fn from_creation_to_deletion() {
    let service = service();
    let created = plan(&service, None, Some(&config("n"))).await;
    assert_eq!(texts(&created.diagnostics), Vec::<String>::new());
    assert_eq!(value(&created.planned_state), config("n").with("level", 1_i64).with("id", Value::Unknown));
    assert_eq!(created.planned_private, b"private");
    assert!(!created.legacy_type_system);

    let applied = apply(&service, None, Some(&value(&created.planned_state))).await;
    assert_eq!((value(&applied.new_state), applied.private.as_slice()), (done("n"), &b"applied"[..]));
    assert_eq!(texts(&applied.diagnostics), Vec::<String>::new());

    let again = read(&service, &done("n")).await;
    assert_eq!((value(&again.new_state), again.private.as_slice()), (done("n"), &b"private"[..]));

    let same = plan(&service, Some(&done("n")), Some(&done("n").with("level", Value::Null))).await;
    assert_eq!(value(&same.planned_state), done("n"), "no difference, nothing unknown");
    assert!(same.requires_replace.is_empty());

    let moved = plan(&service, Some(&done("n")), Some(&done("n").with("zone", "z"))).await;
    assert_eq!(value(&moved.planned_state), done("n").with("zone", "z"));
    assert_eq!(moved.requires_replace.len(), 1);

    let ended = plan(&service, Some(&done("n")), None).await;
    assert_eq!(value(&ended.planned_state), Value::Null);
    let deleted = apply(&service, Some(&done("n")), None).await;
    assert_eq!((value(&deleted.new_state), deleted.private.len(), deleted.diagnostics.len()), (Value::Null, 0, 0));
    assert_eq!(value(&read(&service, &done("gone")).await.new_state), Value::Null);
}

#[tokio::test]
async fn a_panic_ends_one_call_and_loses_no_state() {
    let service = service();
    let planned = plan(&service, None, Some(&config("panic in plan"))).await;
    let text = &texts(&planned.diagnostics)[0];
    assert!(text.starts_with("1: The provider crashed: The provider crashed in PlanResourceChange of `toy_thing`: assertion"), "{text}");

    let applied = apply(&service, Some(&done("n")), Some(&done("panic in apply"))).await;
    assert_eq!((value(&applied.new_state), applied.private.as_slice()), (done("n"), &b"private"[..]));
    assert!(texts(&applied.diagnostics)[0].contains("in ApplyResourceChange of `toy_thing`: apply went wrong"));

    let again = read(&service, &done("panic in read")).await;
    assert_eq!((value(&again.new_state), again.private.as_slice()), (done("panic in read"), &b"private"[..]));
    assert!(texts(&again.diagnostics)[0].contains("in ReadResource of `toy_thing`: read went wrong"));

    assert_eq!(value(&read(&service, &done("n")).await.new_state), done("n"), "the next call is not affected");
}

#[tokio::test]
async fn a_state_that_does_not_fit_is_an_error_and_the_old_one_stays() {
    let applied = apply(&service(), Some(&done("n")), Some(&done("malformed"))).await;
    assert_eq!(value(&applied.new_state), done("n"));
    let all = texts(&applied.diagnostics).join("\n");
    assert!(all.contains("The state that the provider made does not fit its schema: `id`: expected a string, found a number"), "{all}");
}

#[tokio::test]
async fn a_stop_reaches_calls_in_flight_and_no_later_one() {
    let toy = Toy::new();
    let shared = Arc::clone(&toy.shared);
    let service = Arc::new(Service::new(Arc::new(toy)));
    let start = || {
        let service = Arc::clone(&service);
        tokio::spawn(async move { apply(&service, None, Some(&done("until stopped").with("id", Value::Unknown))).await })
    };
    for stops in 1..=2 {
        let waiting = start();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished(), "an earlier stop does not count");
        let stopped = service.stop_provider(Request::new(proto::stop_provider::Request {})).await.unwrap().into_inner();
        assert_eq!(stopped.error, "");
        assert_eq!(shared.stops.load(Ordering::SeqCst), stops);
        let partial = waiting.await.unwrap();
        assert_eq!(value(&partial.new_state), done("until stopped").with("id", "half"));
        assert_eq!(partial.private, b"private");
        assert_eq!(texts(&partial.diagnostics), ["1: Stopped: Half of it is done."]);
    }
}

#[tokio::test]
async fn what_was_begun_is_finished_though_nobody_waits() {
    let toy = Toy::new();
    let shared = Arc::clone(&toy.shared);
    let service = Service::new(Arc::new(toy));
    let planned = done("slow").with("id", Value::Unknown);
    let left = tokio::time::timeout(Duration::from_millis(5), service.apply_resource_change(apply_request(None, Some(&planned)))).await;
    assert!(left.is_err());
    while shared.finished.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn calls_run_side_by_side() {
    let service = service();
    let state = done("together");
    let both = async { tokio::join!(read(&service, &state), read(&service, &state)) };
    let (first, second) = tokio::time::timeout(Duration::from_secs(10), both).await.expect("each waits for the other");
    assert_eq!(value(&first.new_state), value(&second.new_state));
}

#[tokio::test]
async fn warnings_travel_without_control_characters() {
    let planned = plan(&service(), None, Some(&config("warn"))).await;
    assert_eq!(texts(&planned.diagnostics), ["2: Careful: A \u{fffd}[31mwarning."]);
    assert!(planned.diagnostics[0].attribute.is_none(), "an empty path would lose the place");
}

async fn import(service: &Service, request: proto::import_resource_state::Request) -> proto::import_resource_state::Response {
    service.import_resource_state(Request::new(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn an_import_gives_one_state_with_its_private_part() {
    let service = service();
    let by_id =
        |id: &str| proto::import_resource_state::Request { type_name: "toy_thing".to_owned(), id: id.to_owned(), ..Default::default() };
    let imported = import(&service, by_id("there")).await;
    assert_eq!(texts(&imported.diagnostics), Vec::<String>::new());
    let [resource] = imported.imported_resources.as_slice() else { panic!("one resource") };
    assert_eq!((resource.type_name.as_str(), resource.private.as_slice()), ("toy_thing", &b"imported"[..]));
    assert_eq!(value(&resource.state), config("there").with("id", "id-9"));
    let failed = import(&service, by_id("none")).await;
    assert_eq!((failed.imported_resources.len(), texts(&failed.diagnostics)), (0, vec!["1: Not there: There is no `none`.".to_owned()]));
    let by_identity = proto::import_resource_state::Request { identity: Some(Default::default()), ..by_id("") };
    assert!(texts(&import(&service, by_identity).await.diagnostics)[0].starts_with("1: Import by identity not possible: "));
}

async fn upgrade(version: i64, json: &str) -> Result<Value, String> {
    let raw_state = Some(proto::RawState { json: json.as_bytes().to_vec(), ..Default::default() });
    let request = proto::upgrade_resource_state::Request { type_name: "toy_thing".to_owned(), version, raw_state };
    let response = service().upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
    if response.diagnostics.is_empty() { Ok(value(&response.upgraded_state)) } else { Err(texts(&response.diagnostics).join("\n")) }
}

#[tokio::test]
async fn a_state_is_upgraded_from_every_version() {
    let current = upgrade(2, r#"{"name": "n", "level": 12345678901234567890, "id": "i", "removed": [1]}"#).await.unwrap();
    assert_eq!(current.get("level").as_number().unwrap().to_string(), "12345678901234567890");
    assert_eq!(current.get("extra"), &Value::list([]), "blocks that are missing are none");
    assert!(current.get("zone").is_null());
    let older = upgrade(1, r#"{"title": "n", "id": "i"}"#).await.unwrap();
    assert_eq!(older.get("name").as_str(), Some("n"));
    assert_eq!(upgrade(0, "{}").await.unwrap_err(), "1: Too old: Version 0 is too old.");
    assert!(upgrade(3, "{}").await.unwrap_err().contains("this provider knows versions up to 2"));
    assert!(upgrade(2, "{").await.unwrap_err().contains("broken JSON"));
    assert!(upgrade(2, r#"{"name": [1]}"#).await.unwrap_err().contains("`name`: expected a string, found an array"));
    assert!(upgrade(2, "").await.unwrap_err().contains("sent no state"));
    let flatmap = [("id".to_owned(), "i".to_owned())].into_iter().collect();
    let raw_state = Some(proto::RawState { flatmap, ..Default::default() });
    let request = proto::upgrade_resource_state::Request { type_name: "toy_thing".to_owned(), version: 0, raw_state };
    let response = service().upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
    assert!(texts(&response.diagnostics)[0].contains("Terraform 0.11"));
}
