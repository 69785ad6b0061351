//! Functions as the plugin layer calls them: values in, values or one error out.

use std::collections::BTreeMap;

use super::all;
use crate::matrix::Matrix;
use crate::plugin::{FunctionError, Number, Value};

fn call(name: &str, arguments: impl IntoIterator<Item = Value>) -> Result<Value, FunctionError> {
    let function = all().into_iter().find(|function| function.name() == name).unwrap();
    function.call(arguments.into_iter().collect())
}

#[track_caller]
fn refuses(name: &str, arguments: impl IntoIterator<Item = Value>, position: usize, text: &str) {
    assert_eq!(call(name, arguments).unwrap_err(), FunctionError::argument(position, text), "{name}");
}

fn set<const N: usize>(words: [&str; N]) -> Value {
    Value::set(words.map(Value::string))
}

fn placements() -> Value {
    let place = |components| Value::object([("components", components)]);
    let core = set(["configuration", "license_director"]);
    Value::map([("agents", place(set(["desktop"]))), ("core", place(core)), ("db", place(set(["sql_server"]))), ("old", Value::Null)])
}

fn policy<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::dynamic(Value::object(entries))
}

fn tuple<const N: usize>(words: [&str; N]) -> Value {
    Value::Tuple(words.map(Value::string).to_vec())
}

fn jump() -> Value {
    Value::object([
        ("name", "jump".into()),
        ("from", "agents".into()),
        ("to", "db".into()),
        ("protocol", "tcp".into()),
        ("ports", Value::Number(3389_i64.into())),
        ("reason", "maintenance".into()),
    ])
}

/// A question of `allows`, from agents to the database.
fn sql(more: impl IntoIterator<Item = Value>) -> Vec<Value> {
    [placements(), "desktop".into(), "sql_server".into(), "tcp 1433".into()].into_iter().chain(more).collect()
}

#[test]
fn a_policy_may_be_left_out_null_or_empty() {
    for more in [vec![], vec![Value::Null], vec![policy([])], vec![policy([("include", Value::Null)])]] {
        assert_eq!(call("allows", sql(more)).unwrap(), Value::Bool(true));
    }
}

#[test]
fn what_terraform_would_convert_in_a_block_is_converted() {
    let excluded = [tuple(["sql_server.1433"]), Value::list([Value::string("sql_server.1433")]), set(["sql_server.1433"])];
    for exclude in excluded {
        assert_eq!(call("allows", sql([policy([("exclude", exclude)])])).unwrap(), Value::Bool(false));
    }
    // A map where all values are of one type, nulls, numbers for texts, extra flows as a tuple.
    let map = Value::dynamic(Value::map([("exclude", set(["sql_server.1433"])), ("include", Value::Null)]));
    assert_eq!(call("allows", sql([map])).unwrap(), Value::Bool(false));
    let ports = Value::object([("sql_server.1433", Value::Number(Number::from(14330_i64)))]);
    let moved = call("why", sql([policy([("ports", ports)])])).unwrap();
    assert_eq!(moved.get("allowed").as_bool(), Some(false), "{moved:?}");
    let extra =
        [placements(), "agents".into(), "db".into(), "extra 3389".into(), policy([("extra", Value::Tuple(vec![jump(), Value::Null]))])];
    assert_eq!(call("allows", extra).unwrap(), Value::Bool(true));
}

#[test]
fn names_and_types_of_a_policy_are_checked_as_in_a_block() {
    let wrong = |name: &str, value: Value, text: &str| refuses("allows", sql([policy([(name, value)])]), 4, text);
    wrong("transprot", "secure_only".into(), "In `policy`: `transprot` is not known here. Perhaps `transport` is meant.");
    wrong("single_hosts", set([]), "In `policy`: `single_hosts` is not known here. Perhaps `single_host` is meant.");
    wrong("transport", set([]), "In `policy.transport`: this is a set, and a string is wanted.");
    wrong(
        "include",
        "sql_server.1433".into(),
        "In `policy.include`: this is a string, and a list or set of strings, such as [\"…\"] is wanted.",
    );
    wrong("ports", tuple([]), "In `policy.ports`: this is a tuple, and a map of strings is wanted.");
    let initiators = Value::object([("aes.450", Value::string("desktop"))]);
    wrong(
        "initiators",
        initiators,
        "In `policy.initiators[\"aes.450\"]`: this is a string, and a list or set of strings, such as [\"…\"] is wanted.",
    );
    wrong("roles", true.into(), "In `policy.roles`: this is a bool, and a map of sets of strings is wanted.");
    wrong("extra", jump(), "In `policy.extra`: this is an object, and a list of objects is wanted.");
    let misspelt = Value::Tuple(vec![jump(), jump().with("expire", "2027-01-31")]);
    wrong("extra", misspelt, "In `policy.extra[1]`: `expire` is not known here. Perhaps `expires` is meant.");
    let without = Value::Tuple(vec![jump().with("reason", Value::Null)]);
    wrong("extra", without, "In `policy.extra[0]`: `reason` is missing. Why it is needed.");
    refuses("allows", sql([Value::dynamic(tuple(["a"]))]), 4, "In `policy`: this is a tuple, and an object is wanted.");
    refuses(
        "allows",
        sql([policy([]), Value::Null]),
        4,
        "In `policy`: it is given 2 times. Put everything into one object, `merge` helps.",
    );
    let unknown = call("allows", sql([policy([("firewall", Value::Null)])])).unwrap_err().text;
    assert!(unknown.starts_with("In `policy`: `firewall` is not known here. Choose from: `transport`, `directions`,"), "{unknown}");
}

#[test]
fn faults_of_the_domain_name_their_argument() {
    let misspelt = Value::map([("agents", Value::object([("components", set(["dekstop"]))]))]);
    let text = "In placement `agents`: `dekstop` is neither a component nor a role of EMC 6.6. Perhaps `desktop` is meant.";
    refuses("expand", [misspelt], 0, text);
    let both = policy([("include", tuple(["sql_server.1434"])), ("mail", tuple(["pop4"]))]);
    let text = "In `policy.include`: `sql_server.1434` is not a flow of the port matrix. Did you mean `sql_server.1433`?\n\
                In `policy.mail`: `pop4` is not a choice for `mail`. Did you mean `pop3`? Choose from: `pop3`, `pop3s`, `imap`, `imaps`, `smtp`, `smtps`.";
    refuses("mermaid", [placements(), both], 1, text);
    let text = "In `policy.single_host`: `cores` is not a placement of this configuration. Perhaps `core` is meant.";
    refuses("dot", [placements(), policy([("single_host", tuple(["cores"]))])], 1, text);
    let ask = |from: Value, to: Value, traffic: Value| [placements(), from, to, traffic];
    let text = "In `from`: `dekstop` is neither a placement nor a component or role. Perhaps `desktop` is meant.";
    refuses("allows", ask("dekstop".into(), Value::Null, Value::Null), 1, text);
    refuses("why", ask(Value::Null, "".into(), Value::Null), 2, "In `to`: an empty name is nobody's. Write `null` for anyone.");
    refuses(
        "why",
        ask(Value::Null, Value::Null, "tcp 0".into()),
        3,
        "In `traffic`: in `tcp 0`: port 0 cannot be opened; ports go from 1 to 65535. Write for example `tcp 443`.",
    );
    let text = "In `to`: `sqlserver` is neither a component nor a role of EMC 6.6. Perhaps `sql_server` is meant.";
    refuses("flows", [Value::Null, "sqlserver".into()], 1, text);
    let sheet = |addresses: Value, format: &str, more: Value| [placements(), addresses, format.into(), more];
    let at = |name: &str, address: &str| Value::map([(name, set([address]))]);
    let text = "In `addresses[\"agents\"]`: `10.0.0.5/8` has bits set beyond its prefix; write `10.0.0.0/8`.";
    refuses("request_sheet", sheet(at("agents", "10.0.0.5/8"), "csv", Value::Null), 1, text);
    refuses(
        "request_sheet",
        sheet(Value::Null, "cvs", Value::Null),
        2,
        "In `format`: `cvs` is not a choice here. Did you mean `csv`? Choose from: `csv`, `markdown`.",
    );
    let text = "In `policy.ephemeral_ports`: `65535-49152` is reversed; write `49152-65535`.";
    refuses("request_sheet", sheet(Value::Null, "csv", policy([("ephemeral_ports", "65535-49152".into())])), 3, text);
}

#[test]
fn the_table_is_the_embedded_one_or_the_one_given() {
    let own = Matrix::embedded_json().replace("\"port\": 1433", "\"port\": 14330");
    let with = |text: &str| policy([("matrix", text.into())]);
    assert_eq!(call("allows", sql([with(Matrix::embedded_json())])).unwrap(), Value::Bool(true));
    assert_eq!(call("allows", sql([with(&own)])).unwrap(), Value::Bool(false));
    let flows = call("flows", ["desktop".into(), "sql_server".into(), with(&own)]).unwrap();
    assert_eq!(flows.elements()[0].get("port").as_i64(), Some(14330));
    let error = call("flows", [Value::Null, Value::Null, with("{")]).unwrap_err();
    assert_eq!(error.argument, Some(2));
    assert!(error.text.starts_with("In `policy.matrix`: it is not a port matrix:\n"), "{}", error.text);
    assert!(error.text.ends_with("exports the embedded table as `json`, to start from."), "{}", error.text);
}

#[test]
fn components_of_one_host_need_no_rule() {
    let together = Value::map([("box", Value::object([("components", set(["desktop", "configuration"]))]))]);
    let rules = |more: Vec<Value>| call("expand", [together.clone()].into_iter().chain(more)).unwrap().get("rules").entries().len();
    assert_eq!(rules(vec![]), 4);
    assert_eq!(rules(vec![policy([("single_host", tuple(["box"]))])]), 0);
}

#[test]
fn results_have_the_types_that_signatures_promise() {
    let addresses = Value::map([("agents", set(["10.20.0.0/16"])), ("core", Value::Null)]);
    let question = [placements(), "agents".into(), Value::Null, Value::Null];
    let mut calls: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    calls.insert("expand", vec![placements()]);
    calls.insert("flows", vec![Value::Null, Value::Null]);
    calls.insert("allows", question.to_vec());
    calls.insert("why", [question.to_vec(), vec![policy([("extra", Value::Tuple(vec![jump()]))])]].concat());
    calls.insert("mermaid", vec![placements()]);
    calls.insert("dot", vec![placements()]);
    calls.insert("request_sheet", vec![placements(), addresses, "markdown".into()]);
    assert_eq!(calls.len(), all().len());
    for function in all() {
        let result = function.call(calls.remove(function.name()).unwrap()).unwrap();
        let encoded = crate::plugin::json::encode(&result, &function.signature().returns);
        assert!(encoded.is_ok(), "{}: {:?}", function.name(), encoded.err());
    }
}
