//! Who else in this run writes into a group: two of a name, two of a rule; never the same resource asked about twice.

use super::super::neighbors::Neighbors;
use super::*;

/// A configuration of [`rollout`] with these further arguments.
fn config(more: Json) -> Value {
    let mut id = json!({ "name": "emc", "placements": {
        "agents": { "components": ["desktop"], "cidr_ipv4": ["10.20.0.0/16"] },
        "core": { "components": ["configuration"], "security_group_id": CORE },
    } });
    for (name, value) in more.as_object().unwrap() {
        id[name] = value.clone();
    }
    import::state(&id.to_string(), &schema::schema().block, "sg-").unwrap()
}

fn instance(instance: Option<&str>) -> Kept {
    let mut kept = Kept::default();
    kept.instance = instance.map(str::to_owned);
    kept
}

/// What is told when this configuration is planned.
fn told(neighbors: &Neighbors, config: &Value, kept: &Kept, former: Option<&Value>) -> Vec<String> {
    let read = |value: &Value| Rollout::read(value, Matrix::embedded()).unwrap().unwrap();
    let (rollout, former) = (read(config), former.map(read));
    let neighbor = rollout.neighbor(former.as_ref(), kept, config).unwrap();
    let others = neighbors.note(neighbor.clone());
    let told = others.iter().filter_map(|other| rollout.beside(&neighbor, other, kept, &BTreeMap::new()));
    told.map(|diagnostic| diagnostic.summary().to_owned()).collect()
}

fn begun() -> Neighbors {
    let neighbors = Neighbors::default();
    neighbors.begin();
    neighbors
}

const ONE_NAME: &str = "Two resources with one name";
const ONE_RULE: &str = "Two resources open the same";

fn other_agents() -> Json {
    json!({ "placements": {
        "agents": { "components": ["desktop"], "cidr_ipv4": ["10.40.0.0/16"] },
        "core": { "components": ["configuration"], "security_group_id": CORE },
    } })
}

#[test]
fn one_name_in_one_group_is_told_to_the_second() {
    for (one, other) in [(None, None), (Some("0011"), None), (None, Some("0022")), (Some("0011"), Some("0022"))] {
        let neighbors = begun();
        assert_eq!(told(&neighbors, &config(json!({})), &instance(one), None), [""; 0]);
        assert_eq!(told(&neighbors, &config(other_agents()), &instance(other), None), [ONE_NAME], "{one:?}, {other:?}");
    }
    let neighbors = begun();
    told(&neighbors, &config(json!({})), &instance(Some("0011")), None);
    let elsewhere = json!({ "placements": { "core": { "components": ["configuration", "desktop"], "security_group_id": MEDIA } } });
    assert_eq!(told(&neighbors, &config(elsewhere), &instance(Some("0022")), None), [""; 0], "another group");
}

#[test]
fn a_name_that_is_given_up_is_not_free_yet() {
    let neighbors = begun();
    let former = config(json!({}));
    told(&neighbors, &config(json!({ "name": "main" })), &instance(Some("0011")), Some(&former));
    assert_eq!(told(&neighbors, &config(other_agents()), &instance(None), None), [ONE_NAME]);
}

#[test]
fn one_rule_under_two_names_is_told() {
    let neighbors = begun();
    assert_eq!(told(&neighbors, &config(json!({})), &instance(None), None), [""; 0]);
    assert_eq!(told(&neighbors, &config(json!({ "name": "other" })), &instance(None), None), [ONE_RULE]);
    let mut beside = other_agents();
    beside["name"] = json!("third");
    assert_eq!(told(&neighbors, &config(beside), &instance(None), None), [""; 0], "other addresses, other rules");
}

#[test]
fn the_same_resource_is_never_its_own_neighbor() {
    let neighbors = begun();
    let (first, changed) = (config(json!({})), config(json!({ "adopt_existing": true })));
    // Asked twice, known better the second time, planned again as a replacement, changed.
    let mut unknown = first.clone();
    unknown.set_entry("adopt_existing", Value::Unknown);
    for config in [&unknown, &unknown, &first, &first] {
        assert_eq!(told(&neighbors, config, &instance(None), None), [""; 0]);
    }
    let created = Rollout::read(&first, Matrix::embedded()).unwrap().unwrap();
    let neighbor = created.neighbor(None, &instance(Some("0011")), &first).unwrap();
    assert!(neighbors.write(neighbor.clone(), &first).is_empty());
    for config in [&first, &changed, &first] {
        assert_eq!(told(&neighbors, config, &instance(Some("0011")), Some(&first)), [""; 0]);
    }
    // Deleted, and created anew.
    neighbors.leave("0011");
    assert_eq!(told(&neighbors, &first, &instance(None), None), [""; 0]);
}

#[test]
fn a_second_creation_of_the_same_configuration_is_told_when_it_is_written() {
    let neighbors = begun();
    let config = config(json!({}));
    let rollout = Rollout::read(&config, Matrix::embedded()).unwrap().unwrap();
    let as_instance = |name: &str| rollout.neighbor(None, &instance(Some(name)), &config).unwrap();
    assert!(neighbors.write(as_instance("0011"), &config).is_empty());
    assert_eq!(neighbors.write(as_instance("0022"), &config).len(), 1);
    neighbors.leave("0011");
    neighbors.leave("0022");
    assert!(neighbors.write(as_instance("0033"), &config).is_empty());
}

#[test]
fn nothing_is_noted_without_a_configuration_and_everything_is_forgotten_with_the_next() {
    let neighbors = Neighbors::default();
    for _ in 0..2 {
        assert_eq!(told(&neighbors, &config(json!({})), &instance(Some("0011")), None), [""; 0]);
        assert_eq!(told(&neighbors, &config(other_agents()), &instance(Some("0022")), None), [""; 0]);
    }
    neighbors.begin();
    told(&neighbors, &config(json!({})), &instance(Some("0011")), None);
    neighbors.begin();
    assert_eq!(told(&neighbors, &config(other_agents()), &instance(Some("0022")), None), [""; 0]);
}

#[test]
fn one_instance_with_two_states_is_told() {
    let neighbors = begun();
    let (one, other) = (config(json!({})), config(other_agents()));
    told(&neighbors, &one, &instance(Some("0011")), Some(&one));
    assert_eq!(told(&neighbors, &other, &instance(Some("0011")), Some(&one)), [""; 0], "one object, asked for something else");
    assert_eq!(told(&neighbors, &other, &instance(Some("0011")), None), [""; 0], "its replacement");
    told(&neighbors, &one, &instance(Some("0011")), Some(&one));
    assert_eq!(told(&neighbors, &other, &instance(Some("0011")), Some(&other)), [ONE_NAME], "imported twice");
}
