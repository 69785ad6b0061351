//! Descriptions, configuration, data sources, functions, and requests that make no sense.

use super::*;

#[tokio::test]
async fn the_schema_has_all_that_terraform_needs() {
    let service = service();
    assert_eq!(service.lint(), []);
    let schema = service.get_provider_schema(Request::new(proto::get_provider_schema::Request {})).await.unwrap().into_inner();
    let provider = schema.provider.unwrap().block.unwrap();
    assert_eq!((provider.description.as_str(), provider.description_kind), ("A toy.", 1));
    assert_eq!(provider.attributes[0].r#type, b"\"string\"");
    let login = &provider.block_types[0];
    assert_eq!((login.nesting, login.min_items, login.max_items), (1, 0, 0));
    assert!(login.block.as_ref().unwrap().attributes[0].sensitive);
    let thing = &schema.resource_schemas["toy_thing"];
    assert_eq!(thing.version, 2);
    let block = thing.block.as_ref().unwrap();
    let flags = |name: &str| {
        let attribute = block.attributes.iter().find(|attribute| attribute.name == name).unwrap();
        (attribute.required, attribute.optional, attribute.computed)
    };
    assert_eq!(flags("name"), (true, false, false));
    assert_eq!(flags("level"), (false, true, true), "a default makes it computed");
    assert_eq!(flags("zone"), (false, true, false));
    assert_eq!(flags("id"), (false, false, true));
    let parts = block.attributes.iter().find(|attribute| attribute.name == "parts").unwrap();
    assert!(parts.r#type.is_empty(), "a nested attribute has no type beside its attributes");
    assert_eq!(parts.nested_type.as_ref().unwrap().nesting, 4);
    assert_eq!(block.block_types[0].nesting, 2);
    let join = &schema.functions["join"];
    assert_eq!(join.r#return.as_ref().unwrap().r#type, b"\"string\"");
    assert!(join.variadic_parameter.as_ref().unwrap().allow_null_value);
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(!capabilities.move_resource_state && !capabilities.generate_resource_config);
    assert!(schema.provider_meta.is_none());

    let metadata = service.get_metadata(Request::new(proto::get_metadata::Request {})).await.unwrap().into_inner();
    assert_eq!(metadata.resources[0].type_name, "toy_thing");
    assert_eq!(metadata.data_sources[0].type_name, "toy_look");
    assert_eq!(metadata.functions.len(), 2);
    let functions = service.get_functions(Request::new(proto::get_functions::Request {})).await.unwrap().into_inner();
    assert_eq!(functions.functions, schema.functions);
    let identities = service.get_resource_identity_schemas(Request::new(proto::get_resource_identity_schemas::Request {})).await.unwrap();
    assert!(identities.into_inner().identity_schemas.is_empty());
}

#[tokio::test]
async fn a_wrong_schema_shows_in_a_debug_build() {
    let schema = async |provider| {
        let answer = Service::new(Arc::new(provider)).get_provider_schema(Request::new(proto::get_provider_schema::Request {})).await;
        texts(&answer.unwrap().into_inner().diagnostics)
    };
    assert_eq!(schema(Toy::new()).await, Vec::<String>::new());
    let found = schema(Toy { wrong: true, ..Toy::new() }).await;
    assert_eq!(found, ["1: Bug in the provider: `provider.alias`: Terraform keeps this name for itself."]);
}

#[tokio::test]
async fn what_is_not_offered_is_unimplemented() {
    let service = service();
    macro_rules! unimplemented {
        ($($method:ident($request:ident)),* $(,)?) => {
            $(assert_eq!(service.$method(Request::new(proto::$request::Request::default())).await.err().unwrap().code(), Code::Unimplemented, stringify!($method));)*
        };
    }
    unimplemented!(
        upgrade_resource_identity(upgrade_resource_identity),
        move_resource_state(move_resource_state),
        generate_resource_config(generate_resource_config),
        validate_ephemeral_resource_config(validate_ephemeral_resource_config),
        open_ephemeral_resource(open_ephemeral_resource),
        renew_ephemeral_resource(renew_ephemeral_resource),
        close_ephemeral_resource(close_ephemeral_resource),
        list_resource(list_resource),
        validate_list_resource_config(validate_list_resource_config),
        validate_state_store_config(validate_state_store),
        configure_state_store(configure_state_store),
        read_state_bytes(read_state_bytes),
        lock_state(lock_state),
        unlock_state(unlock_state),
        get_states(get_states),
        delete_state(delete_state),
        plan_action(plan_action),
        invoke_action(invoke_action),
        validate_action_config(validate_action_config),
    );
}

fn provider_config(region: Value) -> Option<proto::DynamicValue> {
    let ty = Toy::new().schema().object_type();
    dynamic(&Value::object([("region", region), ("login", Value::Null)]), &ty)
}

#[tokio::test]
async fn the_provider_is_configured_and_its_configuration_checked() {
    let toy = Toy::new();
    let shared = Arc::clone(&toy.shared);
    let service = Service::new(Arc::new(toy));
    let validate = async |config| {
        let request = proto::validate_provider_config::Request { config };
        texts(&service.validate_provider_config(Request::new(request)).await.unwrap().into_inner().diagnostics)
    };
    assert_eq!(validate(provider_config("north".into())).await, Vec::<String>::new());
    assert_eq!(validate(provider_config(Value::Unknown)).await, Vec::<String>::new());
    assert_eq!(validate(None).await, Vec::<String>::new(), "no configuration is an empty one");
    assert_eq!(
        validate(provider_config("nort".into())).await,
        ["1: Unknown choice: `nort` is not a choice for `region`. Did you mean `north`? Choose from: `north`, `south`."]
    );
    let request = proto::configure_provider::Request {
        terraform_version: "1.11.4".to_owned(),
        config: provider_config("south".into()),
        client_capabilities: None,
    };
    let configured = service.configure_provider(Request::new(request)).await.unwrap().into_inner();
    assert!(configured.diagnostics.is_empty());
    assert_eq!(*shared.configured.lock().unwrap(), Some((Some("south".to_owned()), "1.11.4".to_owned())));
}

#[tokio::test]
async fn a_resource_configuration_is_checked_by_schema_and_by_code() {
    let service = service();
    let validate = async |config: Value| {
        let request = proto::validate_resource_config::Request {
            type_name: "toy_thing".to_owned(),
            config: state(&config),
            client_capabilities: None,
        };
        service.validate_resource_config(Request::new(request)).await.unwrap().into_inner().diagnostics
    };
    assert_eq!(validate(config("n")).await, []);
    let found = validate(config("bad").with("id", "mine")).await;
    assert_eq!(
        texts(&found),
        [
            "1: Read-only attribute: `id` is set by the provider and cannot be set in the configuration; remove it.",
            "1: Bad name: `bad` is a bad name.",
        ]
    );
    use proto::attribute_path::step::Selector;
    let steps = &found[1].attribute.as_ref().unwrap().steps;
    assert_eq!(steps.iter().map(|step| step.selector.clone().unwrap()).collect::<Vec<_>>(), [Selector::AttributeName("name".to_owned())]);
}

#[tokio::test]
async fn paths_end_before_a_set() {
    use proto::attribute_path::step::Selector;
    let path = crate::plugin::AttributePath::root().attr("map").key("k").attr("list").index(2).attr("set").element("x").attr("lost");
    let selectors: Vec<Selector> = to_proto::path(&path).steps.into_iter().map(|step| step.selector.unwrap()).collect();
    let name = |name: &str| Selector::AttributeName(name.to_owned());
    assert_eq!(selectors, [name("map"), Selector::ElementKeyString("k".to_owned()), name("list"), Selector::ElementKeyInt(2), name("set")]);
}

#[tokio::test]
async fn a_data_source_reads_with_its_defaults() {
    let service = service();
    let ty = Toy::new().data_sources()[0].schema().object_type();
    let read = async |at: Value| {
        let config = dynamic(&Value::object([("at", at), ("seen", Value::Null)]), &ty);
        let request = proto::read_data_source::Request { type_name: "toy_look".to_owned(), config, ..Default::default() };
        let response = service.read_data_source(Request::new(request)).await.unwrap().into_inner();
        let state = msgpack::decode(&response.state.unwrap().msgpack, &ty).unwrap();
        (state.get("seen").clone(), texts(&response.diagnostics))
    };
    assert_eq!(read(Value::Null).await, (Value::list(["everything".into()]), vec![]));
    assert_eq!(read("here".into()).await, (Value::list(["here".into()]), vec![]));
    assert!(read("nothing".into()).await.1[0].contains("The provider read nothing and gave no reason."));
    assert!(read("unknown".into()).await.1[0].contains("`seen`: the value is still unknown."));
    let request = proto::validate_data_resource_config::Request { type_name: "toy_look".to_owned(), config: None };
    let validated = service.validate_data_resource_config(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(validated.diagnostics, []);
}

async fn call(name: &str, arguments: Vec<Option<proto::DynamicValue>>) -> Result<proto::DynamicValue, (String, Option<i64>)> {
    let arguments = arguments.into_iter().map(Option::unwrap_or_default).collect();
    let request = proto::call_function::Request { name: name.to_owned(), arguments };
    let response = service().call_function(Request::new(request)).await.unwrap().into_inner();
    match (response.result, response.error) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err((error.text, error.function_argument)),
        (both, neither) => panic!("either a result or an error: {both:?}, {neither:?}"),
    }
}

fn text(text: &str) -> Option<proto::DynamicValue> {
    dynamic(&text.into(), &Type::String)
}

fn any(value: Value) -> Option<proto::DynamicValue> {
    dynamic(&value, &Type::Dynamic)
}

#[tokio::test]
async fn functions_answer_with_a_result_or_an_error() {
    let result = |value: Value| Ok(dynamic(&value, &Type::String).unwrap());
    assert_eq!(call("join", vec![text("-")]).await, result("".into()));
    let parts = vec![text("-"), any(Value::dynamic("a".into())), None, any(Value::dynamic("b".into()))];
    assert_eq!(call("join", parts).await, result("a-b".into()), "an argument that is not there is null");
    assert_eq!(call("join", vec![text("-"), any(Value::Unknown)]).await, result(Value::Unknown));
    let error = |text: &str, argument: Option<i64>| Err((text.to_owned(), argument));
    let no_text = vec![text("-"), any(Value::dynamic("a".into())), any(Value::dynamic(1_i64.into()))];
    assert_eq!(call("join", no_text).await, error("`a number` is no text", Some(2)));
    assert_eq!(call("join", vec![]).await, error("The function `join` takes 1 arguments; 0 were given", None));
    assert_eq!(call("broken", vec![text("a"), text("b")]).await, error("The function `broken` takes 1 arguments; 2 were given", None));
    assert_eq!(call("join", vec![None]).await, error("Argument `separator`: null is not possible here", Some(0)));
    assert_eq!(
        call("join", vec![any(Value::Unknown)]).await,
        error("Argument `separator`: an unknown value is not possible here", Some(0))
    );
    assert_eq!(
        call("join", vec![dynamic(&true.into(), &Type::Bool)]).await,
        error("Argument `separator`: expected a string, found a bool", Some(0))
    );
    assert_eq!(call("absent", vec![]).await, error("This version of the provider has no function `absent`", None));
    let (misfit, _) = call("broken", vec![text("result")]).await.unwrap_err();
    assert!(misfit.starts_with("The result of the function `broken` does not fit its type: expected a bool, found a string."), "{misfit}");
    let (crash, _) = call("broken", vec![text("panic")]).await.unwrap_err();
    assert!(crash.starts_with("The provider crashed in CallFunction of `broken`: the function went wrong"), "{crash}");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_errors() {
    let service = service();
    let garbage = || [vec![0xc4], vec![0x81], vec![0xd4, 0, 0], vec![0xa1, 0xff], vec![0x80], b"text".to_vec()];
    let wire = |msgpack: Vec<u8>| Some(proto::DynamicValue { msgpack, json: Vec::new() });
    let name = || "toy_thing".to_owned();
    macro_rules! refused {
        ($method:ident, $request:expr) => {
            let diagnostics = service.$method(Request::new($request)).await.unwrap().into_inner().diagnostics;
            assert!(
                !diagnostics.is_empty() && diagnostics.iter().all(|found| found.severity == 1),
                "{} {diagnostics:?}",
                stringify!($method)
            );
        };
    }
    for bytes in garbage() {
        let broken = || wire(bytes.clone());
        refused!(validate_provider_config, proto::validate_provider_config::Request { config: broken() });
        refused!(configure_provider, proto::configure_provider::Request { config: broken(), ..Default::default() });
        refused!(
            validate_resource_config,
            proto::validate_resource_config::Request { type_name: name(), config: broken(), ..Default::default() }
        );
        refused!(
            validate_data_resource_config,
            proto::validate_data_resource_config::Request { type_name: "toy_look".to_owned(), config: broken() }
        );
        refused!(read_resource, proto::read_resource::Request { type_name: name(), current_state: broken(), ..Default::default() });
        refused!(
            plan_resource_change,
            proto::plan_resource_change::Request { type_name: name(), prior_state: broken(), ..Default::default() }
        );
        refused!(
            plan_resource_change,
            proto::plan_resource_change::Request { type_name: name(), proposed_new_state: broken(), ..Default::default() }
        );
        refused!(plan_resource_change, proto::plan_resource_change::Request { type_name: name(), config: broken(), ..Default::default() });
        refused!(
            apply_resource_change,
            proto::apply_resource_change::Request { type_name: name(), prior_state: broken(), ..Default::default() }
        );
        refused!(
            apply_resource_change,
            proto::apply_resource_change::Request { type_name: name(), planned_state: broken(), ..Default::default() }
        );
        refused!(
            read_data_source,
            proto::read_data_source::Request { type_name: "toy_look".to_owned(), config: broken(), ..Default::default() }
        );
    }
    refused!(
        validate_resource_config,
        proto::validate_resource_config::Request { type_name: "toy_absent".to_owned(), ..Default::default() }
    );
    refused!(upgrade_resource_state, proto::upgrade_resource_state::Request { type_name: "toy_absent".to_owned(), ..Default::default() });
    refused!(read_resource, proto::read_resource::Request::default());
    refused!(plan_resource_change, proto::plan_resource_change::Request::default());
    refused!(apply_resource_change, proto::apply_resource_change::Request::default());
    refused!(import_resource_state, proto::import_resource_state::Request::default());
    refused!(read_data_source, proto::read_data_source::Request::default());
    refused!(validate_data_resource_config, proto::validate_data_resource_config::Request::default());
}

#[tokio::test]
async fn json_is_read_where_there_is_no_msgpack() {
    let json = br#"{"name": "bad", "extra": [{"port": 1}]}"#.to_vec();
    let config = Some(proto::DynamicValue { msgpack: Vec::new(), json });
    let request = proto::validate_resource_config::Request { type_name: "toy_thing".to_owned(), config, client_capabilities: None };
    let found = service().validate_resource_config(Request::new(request)).await.unwrap().into_inner().diagnostics;
    assert_eq!(texts(&found), ["1: Bad name: `bad` is a bad name."]);
}
