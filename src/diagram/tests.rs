//! Pictures of rollouts from two to twelve placements, kept as texts beside which they can be looked at: see `tests/pictures/README.md`.

use std::path::Path;
use std::{env, fs};

use proptest::prelude::*;

use super::{dot, mermaid};
use crate::passage::Rollout;
use crate::passage::tests::{extra, rollout, words};
use crate::topology::PolicySpec;

/// Rollouts like those that people have, each with what it shows.
fn sites() -> [(&'static str, Rollout<'static>); 4] {
    let listed = PolicySpec::default();
    let secure = PolicySpec { transport: Some("prefer_secure".to_owned()), mail: words(["imaps", "smtps"]), ..PolicySpec::default() };
    let managed = PolicySpec { management_from: words(["operations"]), ..secure.clone() };
    let jump = PolicySpec { extra: vec![extra("rdp", "operations", "core", "maintenance")], ..managed.clone() };
    let core: &[&str] =
        &["application_management_director", "call_routing", "configuration", "license_director", "task_director", "xml_server"];
    [
        (
            "two",
            rollout([("agents", &["desktop"]), ("servers", &["configuration", "license_director", "sql_server", "xml_server"])], &listed),
        ),
        (
            "four",
            rollout(
                [("agents", &["desktop"]), ("core", core), ("db", &["sql_server"]), ("media", &["media_director", "media_stores"])],
                &secure,
            ),
        ),
        (
            "eight",
            rollout(
                [
                    ("aes", &["aes"]),
                    ("agents", &["desktop"]),
                    ("core", core),
                    ("db", &["sql_server"]),
                    ("ids", &["ids"]),
                    ("mail", &["mail_server"]),
                    ("media", &["media_director", "media_stores", "gateways"]),
                    ("operations", &["control_panel", "reporting"]),
                ],
                &managed,
            ),
        ),
        (
            "twelve",
            rollout(
                [
                    ("aes", &["aes"]),
                    ("agents", &["desktop"]),
                    ("core", core),
                    ("db", &["sql_server"]),
                    ("dmz", &["gateways"]),
                    ("ids", &["ids"]),
                    ("mail", &["mail_server"]),
                    ("media", &["media_director", "media_stores"]),
                    ("operations", &["control_panel", "reporting", "ttrace_console"]),
                    ("portal", &["cs_portal_api", "experience_portal", "experience_portal_config"]),
                    ("trace", &["ttrace_server"]),
                    ("voice", &["call_recording_config", "virtual_agent", "weblm"]),
                ],
                &jump,
            ),
        ),
    ]
}

#[test]
fn pictures_are_those_that_were_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    for (name, site) in sites() {
        for (ending, text) in [("dot", dot(&site)), ("mmd", mermaid(&site))] {
            let file = folder.join(format!("{name}.{ending}"));
            if env::var_os("UPDATE_PICTURES").is_some() {
                fs::write(&file, &text).unwrap();
            }
            let committed = fs::read_to_string(&file).unwrap();
            assert!(
                committed == text,
                "{} is another picture now: run with UPDATE_PICTURES=1, look at it, commit it\n{text}",
                file.display()
            );
        }
    }
}

#[test]
fn what_passes_is_said_by_line_and_by_word() {
    let policy = PolicySpec { multicast: Some("transit_gateway".to_owned()), ..PolicySpec::default() };
    let site = rollout(
        [
            ("agents", &["desktop"]),
            ("db", &["sql_server"]),
            ("licenses", &["weblm"]),
            ("server", &["license_director"]),
            ("views", &["ids_view"]),
        ],
        &policy,
    );
    let arrow = |text: &str, from: &str, to: &str| {
        let line = text.lines().find(|line| line.contains(&format!("<b>{from} to {to}</b>"))).unwrap_or_default();
        line.to_owned()
    };
    let picture = dot(&site);
    let sql = arrow(&picture, "agents", "db");
    assert!(
        sql.contains("plain or secure: tcp 1433") && sql.contains("style=solid, penwidth=1") && sql.contains("arrowtail=none"),
        "{sql}"
    );
    let weblm = arrow(&picture, "server", "licenses");
    assert!(weblm.contains("secure: tcp 52233") && weblm.contains("penwidth=3") && weblm.contains("arrowhead=normal"), "{weblm}");
    let license = arrow(&picture, "agents", "server");
    assert!(license.contains("</b></font> management: tcp 29073?"), "{license}");
    assert!(license.contains("style=dashed") && license.contains("arrowhead=empty") && license.contains("arrowtail=odiamond"), "{license}");
    let multicast = arrow(&picture, "views", "agents");
    assert!(multicast.contains("</font> multicast: udp 29084"), "{multicast}");

    let picture = mermaid(&site);
    assert!(arrow(&picture, "agents", "db").starts_with("  p1 -->|\"<b>agents to db</b><br>plain or secure: tcp 1433\"| p2"), "{picture}");
    let styles: Vec<&str> = picture.lines().filter_map(|line| line.strip_prefix("  linkStyle ")).collect();
    assert_eq!(styles[0], "0 stroke-width:2px,stroke-dasharray:0", "{styles:?}");
    assert_eq!(styles[1], "1 stroke-width:2px,stroke-dasharray:10 4 2 4,stroke:#d55e00", "plain and in doubt");
    assert!(styles.contains(&"3 stroke-width:4px,stroke-dasharray:0,stroke:#0072b2"), "encrypted: {styles:?}");
}

#[test]
fn what_stays_inside_stands_in_the_box() {
    let site = rollout([("all", &["license_director", "configuration"])], &PolicySpec::default());
    let picture = mermaid(&site);
    assert!(
        picture.contains("<i>between its hosts:</i><br>PLAIN: tcp 29095?<br>PLAIN management: tcp 29073?<br>secure: tcp 39095?"),
        "{picture}"
    );
    assert!(!picture.contains("-->") && !dot(&site).contains("->"), "{picture}");
}

#[test]
fn nothing_is_a_picture_too() {
    let nothing = rollout([], &PolicySpec::default());
    assert!(dot(&nothing).starts_with("digraph emc {\n") && dot(&nothing).ends_with("}\n"));
    assert!(mermaid(&nothing).contains("flowchart LR\n  legend["));
}

proptest! {
    /// Whatever a name may once be, it stays inside of its quotes.
    #[test]
    fn no_text_breaks_the_syntax(text in "\\PC{0,12}[\"<>&#`;\\\\|\\]\\[{}%\n]{0,4}") {
        let inside = mermaid::escaped(&text);
        prop_assert!(!inside.contains(['"', '<', '>', '`', '\n', '\\']), "{inside}");
        prop_assert_eq!(inside.matches('#').count(), inside.matches(';').count());
        let inside = dot::escaped(&text);
        prop_assert!(!inside.contains(['<', '>', '"']), "{inside}");
        let quoted = dot::quoted(&text);
        let within = &quoted[1..quoted.len() - 1];
        prop_assert!(!within.replace("\\\\", "").replace("\\\"", "").contains(['"', '\\']), "{quoted}");
    }
}
