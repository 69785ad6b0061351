//! What the expansion says besides rules: reasons of notes, plain flows that stay, open questions, the digest.

mod multicast;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use super::{Expansion, expand};
use crate::matrix::{Matrix, Weight};
use crate::topology::{ExtraSpec, PlacementSpec, PolicySpec, Topology};

/// Placements of components; those of `managed` have a firewall of ours.
struct Site {
    placements: BTreeMap<String, PlacementSpec>,
    policy: PolicySpec,
}

fn site<const N: usize>(placements: [(&str, &[&str]); N]) -> Site {
    let place = |components: &[&str]| PlacementSpec {
        components: Some(components.iter().map(|word| (*word).to_owned()).collect()),
        managed: true,
        ..PlacementSpec::default()
    };
    let placements = placements.into_iter().map(|(name, components)| (name.to_owned(), place(components))).collect();
    Site { placements, policy: PolicySpec::default() }
}

impl Site {
    fn change(mut self, name: &str, change: impl FnOnce(&mut PlacementSpec)) -> Site {
        change(self.placements.get_mut(name).unwrap());
        self
    }

    /// Adds a placement, or puts other components into one.
    fn place(mut self, name: &str, components: &[&str]) -> Site {
        let components = Some(components.iter().map(|word| (*word).to_owned()).collect());
        self.placements.insert(name.to_owned(), PlacementSpec { components, managed: true, ..PlacementSpec::default() });
        self
    }

    fn policy(mut self, change: impl FnOnce(&mut PolicySpec)) -> Site {
        change(&mut self.policy);
        self
    }

    fn expand(&self) -> Expansion {
        let topology = Topology::resolve(Matrix::embedded(), &self.placements, &self.policy).unwrap();
        expand(Matrix::embedded(), &topology)
    }

    /// The note with this key, if there is one.
    fn note(&self, key: &str) -> Option<String> {
        self.expand().notes.iter().find(|(subject, _)| subject.to_string() == key).map(|(_, note)| note.to_string())
    }

    #[track_caller]
    fn notes(&self, key: &str, expected: &str) {
        assert_eq!(self.note(key).as_deref(), Some(expected), "{key}");
    }

    fn questions(&self) -> Vec<String> {
        self.expand().open_questions.keys().map(ToString::to_string).collect()
    }
}

fn words<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.map(str::to_owned).into()
}

fn text(name: &str, text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(name.to_owned(), text.to_owned())])
}

fn set<const N: usize>(name: &str, names: [&str; N]) -> BTreeMap<String, BTreeSet<String>> {
    BTreeMap::from([(name.to_owned(), words(names))])
}

#[test]
fn notes_say_who_is_missing() {
    let agents = || site([("agents", &["desktop"])]);
    agents().notes("configuration.29091", "not placed: configuration");
    let core = || site([("core", &["configuration", "email_store", "aes"])]);
    core().notes("configuration.29091", "not placed: desktop, which opens it");
    core().notes("email_store.29097", "not placed: any of control_panel, desktop, media_director, which open it");
    core().notes("aes.450", "not placed: any of call_routing, ids_voice_and_presence, xml_server, which open it");
    // A role is named as such.
    site([("spare", &["license_director"])]).notes("license_director.29073", "not placed: applications, which opens it");
    let chosen = core().policy(|policy| policy.initiators = set("aes.450", ["virtual_agent"]));
    chosen.notes("aes.450", "not placed: virtual_agent, which opens it");
    // Databases bring the server that hosts them.
    assert_eq!(site([("agents", &["desktop"]), ("db", &["acs"])]).note("sql_server.1433"), None);
}

#[test]
fn notes_say_what_the_policy_closed() {
    let both = || site([("agents", &["desktop"]), ("core", &["configuration", "crm_connector", "xml_server", "aes"])]);
    both()
        .policy(|policy| policy.exclude = words(["configuration.29091"]))
        .notes("configuration.29091", "excluded: by the policy, no reason given");
    let reasoned = both().policy(|policy| {
        policy.exclude = words(["configuration.29091", "xml_server.29096 from agents"]);
        policy.reasons = text("configuration.29091", "39091 is used, CHG3");
    });
    reasoned.notes("configuration.29091", "excluded: 39091 is used, CHG3");
    reasoned.notes("xml_server.29096", "excluded: by the policy, no reason given");
    both().notes("crm_connector.29027", "closed as shipped: include would not open it, as a cloud network carries no multicast");
    both()
        .policy(|policy| policy.include = words(["crm_connector.29027"]))
        .notes("crm_connector.29027", "multicast: a cloud network carries none, but for a transit gateway of AWS; phonebooks of desktops do not follow changes in Microsoft CRM in real time");
    both().notes("sql_server.implied.1433", "implied: no row lists it, name it in include to open it");
    both().notes("xml_server.implied.client_ports", "implied: no port in the document, give one in ports");
    both()
        .policy(|policy| policy.include = words(["xml_server.implied.client_ports"]))
        .notes("xml_server.implied.client_ports", "implied: no port in the document, give one in ports");
    assert_eq!(
        both().policy(|policy| policy.ports = text("xml_server.implied.client_ports", "3000-3010")).note("xml_server.implied.client_ports"),
        None
    );

    let secure = |choice: &str| both().policy(|policy| policy.transport = Some(choice.to_owned()));
    secure("secure_only").notes("configuration.29091", "transport: secure_only, configuration.39091 instead");
    let excluded = secure("secure_only").policy(|policy| policy.exclude = words(["configuration.39091"]));
    excluded.notes(
        "configuration.29091",
        "transport: secure_only, nothing instead for desktop in agents: its twin configuration.39091 is not open (excluded)",
    );
    secure("secure_only").notes("aes.450", "transport: secure_only, no secure twin, without it no telephony");
    secure("prefer_secure").notes("configuration.29091", "transport: prefer_secure, configuration.39091 instead");
    secure("plain_only").notes("configuration.39091", "transport: plain_only, configuration.29091 instead");
    assert_eq!(secure("prefer_secure").note("aes.450"), None);
}

#[test]
fn notes_say_what_needs_a_decision_first() {
    let all = || {
        site([
            ("agents", &["desktop", "cs_portal_client"]),
            ("core", &["ids_voice_and_presence", "email_store", "mail_server", "cs_portal_api"]),
        ])
    };
    all().notes("ids_voice_and_presence.29068", "held: no believable initiator, name one");
    all().notes("cs_portal_api.9699", "held: no browser speaks AJP, open it from the web server in front by an extra flow");
    all().notes("mail_server.993", "choice missing: list \"imaps\" in mail if this site uses it");
    let named = all().policy(|policy| {
        policy.initiators = set("ids_voice_and_presence.29068", ["desktop"]);
        policy.mail = words(["imaps"]);
    });
    assert_eq!((named.note("ids_voice_and_presence.29068"), named.note("mail_server.993")), (None, None));
    let managed = all().policy(|policy| policy.management_from = words(["agents"]));
    assert_eq!(managed.note("ids_voice_and_presence.29068"), None, "management_from names who uses it");
    managed.notes("cs_portal_api.9699", "held: no browser speaks AJP, open it from the web server in front by an extra flow");
}

#[test]
fn notes_say_where_no_rule_is_needed_or_possible() {
    let one = || site([("box", &["desktop", "configuration", "media_proxy"])]).change("box", |spec| spec.single_host = true);
    one().notes("configuration.29091", "same host: both ends are in box, one host");
    one().notes("media_proxy.29079", "same host: stays on the agent desktop");
    assert_eq!(one().change("box", |spec| spec.single_host = false).note("configuration.29091"), None);

    let abroad = || site([("agents", &["desktop"]), ("core", &["configuration"]), ("branch", &["configuration"])]);
    let nobody = abroad().change("agents", |spec| spec.managed = false).change("branch", |spec| spec.managed = false);
    nobody.notes("configuration.29091 from agents to branch", "outside: neither firewall is written here, another one has to allow it");
    let none = nobody.change("core", |spec| spec.managed = false);
    none.notes(
        "configuration.29091",
        "outside: agents to branch, agents to core: neither firewall is written here, another one has to allow it",
    );
    let egress = abroad().change("agents", |spec| spec.managed = false).policy(|policy| policy.directions = Some(words(["egress"])));
    egress.notes("configuration.29091", "outside: agents to branch, agents to core: ingress is not in directions");
    let apart = abroad().policy(|policy| policy.exclude = words(["configuration.29091 from agents"]));
    apart.notes("configuration.29091", "excluded: by the policy, no reason given");
    let part = site([("agents", &["desktop"]), ("office", &["desktop"]), ("core", &["configuration"])])
        .policy(|policy| policy.exclude = words(["configuration.29091 from office"]));
    part.notes("configuration.29091 from office to core", "excluded: by the policy, no reason given");
    assert_eq!(part.note("configuration.29091"), None);

    abroad()
        .change("branch", |spec| spec.components = Some(words(["developer_tools"])))
        .notes("placement branch", "unused placement: it takes part in no open flow");
}

#[test]
fn still_plain_says_why_and_for_whom() {
    let stores = |choice: &str| {
        site([
            ("agents", &["desktop"]),
            ("core", &["media_director", "control_panel", "simple_messaging_store", "voice_store"]),
            ("tel", &["aes", "xml_server"]),
            ("db", &["sql_server"]),
        ])
        .policy(|policy| policy.transport = Some(choice.to_owned()))
    };
    let plain = |site: &Site| -> BTreeMap<String, String> {
        site.expand().still_plain.into_iter().map(|(flow, reason)| (flow.to_string(), reason)).collect()
    };
    let found = plain(&stores("prefer_secure"));
    assert_eq!(
        found["voice_store.29072"],
        "its twin voice_store.39072 is for desktop only; needed by control_panel in core, media_director in core"
    );
    assert_eq!(found["aes.450"], "no secure twin; needed by xml_server in tel");
    assert_eq!(
        found["simple_messaging_store.29085.desktop"],
        "its twin simple_messaging_store.39085 is in doubt (A12); needed by desktop in agents"
    );
    assert!(!found.contains_key("xml_server.29096") && !found.contains_key("sql_server.1433"), "{found:?}");

    let answered = stores("prefer_secure").policy(|policy| policy.answers = text("A12", "as printed, CHG5"));
    assert!(plain(&answered).contains_key("simple_messaging_store.29085.desktop"), "nobody but its reader knows what the answer says");
    let excluded = stores("prefer_secure").policy(|policy| policy.exclude = words(["xml_server.39096"]));
    assert_eq!(
        plain(&excluded)["xml_server.29096"],
        "its twin xml_server.39096 is not open (excluded); needed by desktop in agents, media_director in core, voice_store in core"
    );
    let apart = stores("prefer_secure").policy(|policy| policy.exclude = words(["xml_server.39096 from agents"]));
    assert_eq!(plain(&apart)["xml_server.29096"], "its twin xml_server.39096 is excluded from agents; needed by desktop in agents");
    let managed = stores("prefer_secure").policy(|policy| policy.management_from = words(["agents"]));
    assert_eq!(plain(&managed)["xml_server.29069"], "no secure twin; needed by agents");

    assert_eq!(plain(&stores("secure_only")), text("sql_server.1433", "one port for both: see to it that the listener encrypts"));
    assert_eq!(plain(&stores("as_listed")), BTreeMap::new());
    assert_eq!(plain(&stores("plain_only")), BTreeMap::new());
}

#[test]
fn closing_plain_flows_says_for_whom_nothing_comes_instead() {
    let stores = |placements| site(placements).policy(|policy| policy.transport = Some("secure_only".to_owned()));
    let all = || {
        stores([
            ("agents", &["desktop"]),
            ("core", &["media_director", "voice_store", "simple_messaging_store"]),
            ("operators", &["control_panel", "desktop"]),
        ])
    };
    all().notes(
        "voice_store.29072",
        "transport: secure_only, voice_store.39072 instead for desktop in agents, desktop in operators; nothing instead for media_director in core, control_panel in operators",
    );
    all().notes(
        "simple_messaging_store.29085.desktop",
        "transport: secure_only, in doubt whether simple_messaging_store.39085 serves instead (A12)",
    );
    let apart = all().policy(|policy| {
        policy.exclude = words(["voice_store.39072 from agents", "voice_store.29072 from operators"]);
    });
    apart.notes(
        "voice_store.29072",
        "transport: secure_only, nothing instead for desktop in agents: its twin voice_store.39072 is excluded from agents; nothing instead for media_director in core: its twin voice_store.39072 is for desktop only",
    );
    let nobody_else = stores([("agents", &["desktop"]), ("core", &["voice_store"]), ("spare", &["sql_server"])]);
    nobody_else.notes("voice_store.29072", "transport: secure_only, voice_store.39072 instead");
}

#[test]
fn a_question_is_asked_where_the_listener_may_be_what_is_placed() {
    let portal = || site([("agents", &["desktop"]), ("portal", &["experience_portal_config"])]);
    portal().notes("experience_portal.29110", "not placed: experience_portal");
    assert_eq!(portal().questions(), ["A23"]);
    assert_eq!(portal().policy(|policy| policy.answers = text("A23", "the portal's own server, CHG2")).questions(), [""; 0]);
    assert_eq!(portal().policy(|policy| policy.exclude = words(["experience_portal.29110"])).questions(), [""; 0], "nobody wants it");
    assert_eq!(portal().place("portal", &["experience_portal_config", "experience_portal"]).questions(), ["A23", "A36"]);
    assert_eq!(site([("agents", &["desktop"]), ("core", &["configuration"])]).questions(), [""; 0], "a site without a portal");
}

#[test]
fn a_question_says_by_which_setting_it_is_settled() {
    let core = || site([("agents", &["desktop"]), ("core", &["ids_voice_and_presence"])]);
    let settled =
        |site: Site| -> Vec<String> { site.expand().settled.iter().map(|(doubt, setting)| format!("{doubt} by {setting}")).collect() };
    assert_eq!(settled(core().policy(|policy| policy.management_from = words(["agents"]))), ["A7 by management_from"]);
    let named = |policy: &mut PolicySpec| policy.initiators = set("ids_voice_and_presence.29068", ["desktop"]);
    assert_eq!(settled(core().policy(named)), ["A7 by initiators"]);
    let portal = || site([("agents", &["cs_portal_client"]), ("portal", &["cs_portal_api"])]);
    let browsers = portal().policy(|policy| policy.initiators = set("cs_portal_api.9699", ["cs_portal_client"]));
    assert_eq!(browsers.questions(), ["A29"], "whoever opens AJP to clients is asked");
}

#[test]
fn questions_are_of_flows_in_use_and_go_away() {
    let core = || site([("agents", &["desktop"]), ("core", &["license_director", "ids_voice_and_presence"])]);
    let found = core().expand().open_questions;
    let texts: Vec<String> = found.iter().map(|(doubt, text)| format!("{doubt}: {text}")).collect();
    assert_eq!(
        texts,
        [
            "A36: \"Applications\" is never defined: narrow it with roles once the site knows",
            "A7: 29068 has no initiator in the document: name one or use management_from",
        ]
    );
    assert_eq!(
        core().policy(|policy| policy.roles = set("applications", ["desktop"])).questions(),
        ["A7"],
        "narrowing the role decides A36"
    );
    assert_eq!(core().policy(|policy| policy.initiators = set("ids_voice_and_presence.29068", ["desktop"])).questions(), ["A36"]);
    assert_eq!(core().policy(|policy| policy.management_from = words(["agents"])).questions(), ["A36"]);
    assert_eq!(core().policy(|policy| policy.answers = text("A36", "desktops only, CHG1")).questions(), ["A7"]);
    let closed = core().policy(|policy| {
        policy.exclude =
            words(["license_director.29073", "license_director.29095", "license_director.39095", "ids_voice_and_presence.29068"]);
    });
    assert_eq!(closed.questions(), [""; 0], "what is closed raises no question");

    let mail = || site([("stores", &["email_store"]), ("mail", &["mail_server"])]);
    assert_eq!(mail().questions(), ["A33"]);
    assert_eq!(mail().policy(|policy| policy.mail = words(["imaps", "smtps"])).questions(), [""; 0]);
    let telephony = || site([("tel", &["aes"]), ("core", &["xml_server"])]);
    assert_eq!(telephony().questions(), ["A18"]);
    assert_eq!(telephony().policy(|policy| policy.ports = text("aes.450", "450")).questions(), [""; 0]);
    let messages = || site([("agents", &["desktop"]), ("core", &["simple_messaging_store"])]);
    assert_eq!(messages().questions(), ["A12"]);
    assert_eq!(site([("agents", &["desktop"])]).questions(), [""; 0], "nothing is in use");
}

#[test]
fn an_answer_takes_away_exactly_its_question() {
    let matrix = Matrix::embedded();
    let all: Vec<&str> = matrix.components().keys().map(|component| component.as_str()).collect();
    // Whether secure ports listen is asked only where plain ones close for them.
    let everything = || site([("one", &all), ("two", &all)]).policy(|policy| policy.transport = Some("prefer_secure".to_owned()));
    let decide: BTreeSet<String> =
        matrix.doubts().values().filter(|doubt| doubt.weight == Weight::Decide).map(|doubt| doubt.id.to_string()).collect();
    let open: BTreeSet<String> = everything().questions().into_iter().collect();
    assert_eq!(open, decide, "with everything placed every doubt of this weight is open");
    for doubt in matrix.doubts().keys() {
        let site = everything().policy(|policy| policy.answers = text(doubt.as_str(), "found"));
        let left: BTreeSet<String> = site.questions().into_iter().collect();
        let expected: BTreeSet<String> = decide.iter().filter(|id| *id != doubt.as_str()).cloned().collect();
        assert_eq!(left, expected, "{doubt}");
    }
}

#[test]
fn the_digest_is_of_openings_alone() {
    let base = || site([("agents", &["desktop"]), ("core", &["configuration", "voice_store"])]);
    let digest = |site: Site| site.expand().digest();
    let same = digest(base());
    assert!(same.len() == 16 && same.bytes().all(|byte| byte.is_ascii_hexdigit()), "{same}");
    // Words, answers and placements that take part in nothing open nothing.
    let worded = base().policy(|policy| {
        policy.reasons = text("configuration.29091", "because");
        policy.answers = text("A36", "found");
        policy.port_ranges = Some("exact".to_owned());
        policy.ports = text("configuration.29091", "29091");
    });
    assert_eq!(digest(worded), same);
    assert_eq!(
        digest(site([("agents", &["desktop"]), ("core", &["configuration", "voice_store"]), ("spare", &["developer_tools"])])),
        same
    );
    assert_eq!(digest(site([("agents", &["desktop", "soap_plugin"]), ("core", &["voice_store", "configuration"])])), same);

    let others = [
        digest(site([("agents", &["desktop"]), ("core", &["configuration"])])),
        digest(site([("agents", &["desktop"]), ("kern", &["configuration", "voice_store"])])),
        digest(base().change("agents", |spec| spec.managed = false)),
        digest(base().policy(|policy| policy.directions = Some(words(["ingress"])))),
        digest(base().policy(|policy| policy.ports = text("configuration.29091", "30091"))),
        digest(base().policy(|policy| policy.exclude = words(["configuration.29091"]))),
        // The same port, but for other flows.
        digest(base().policy(|policy| {
            policy.exclude = words(["configuration.29091"]);
            policy.extra = vec![ExtraSpec {
                name: "own".to_owned(),
                from: "agents".to_owned(),
                to: "core".to_owned(),
                protocol: "tcp".to_owned(),
                ports: "29091".to_owned(),
                reason: "own".to_owned(),
                ..ExtraSpec::default()
            }];
        })),
        same,
    ];
    let different: BTreeSet<&String> = others.iter().collect();
    // `directions = ["ingress"]` and agents without a firewall of ours open the same.
    assert_eq!(different.len(), others.len() - 1, "{others:?}");
    assert_eq!(others[2], others[3]);
    assert_eq!(digest(site([])), "e3b0c44298fc1c14", "nothing is open: the SHA-256 of nothing");
}

#[test]
fn coalescing_keeps_every_flow_and_is_another_opening() {
    let stores = || site([("agents", &["desktop"]), ("core", &["license_director", "xml_server"])]);
    let joined = stores().policy(|policy| policy.port_ranges = Some("coalesce".to_owned())).expand();
    let exact = stores().expand();
    let keys: Vec<String> = joined.rules.keys().map(|key| format!("{} {} {key}", key.local, key.direction)).collect();
    assert!(keys.contains(&"core ingress tcp 29095-29096 from agents".to_owned()), "{keys:?}");
    assert!(keys.contains(&"core ingress tcp 39095-39096 from agents".to_owned()), "{keys:?}");
    let flows = |expansion: &Expansion| -> BTreeSet<String> {
        expansion.rules.values().flat_map(|rule| rule.flows.keys().map(ToString::to_string)).collect()
    };
    assert_eq!(flows(&joined), flows(&exact));
    assert_ne!(joined.digest(), exact.digest(), "other cloud rules are other openings to a reviewer");
    assert_eq!((joined.notes, joined.open_questions), (exact.notes, exact.open_questions));
}

#[test]
fn a_question_for_ports_is_settled_once_every_flow_without_a_number_has_one() {
    let with = |ports: &[(&str, &str)]| {
        let ports = ports.iter().map(|(flow, ports)| ((*flow).to_owned(), (*ports).to_owned())).collect();
        site([("aes", &["aes"]), ("agents", &["desktop"]), ("core", &["xml_server"])]).policy(|policy| policy.ports = ports).questions()
    };
    let (clients, links) = (("xml_server.implied.client_ports", "3000-3003"), ("aes.implied.link_ports", "1050"));
    assert_eq!(with(&[]), ["A18"]);
    assert_eq!(with(&[clients]), ["A18"], "the link ports are still to be fixed");
    assert_eq!(with(&[links]), ["A18"], "the ports of XML clients are still to be fixed");
    assert_eq!(with(&[clients, links]), [""; 0]);
}
