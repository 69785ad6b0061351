//! Rules of ours that Terraform lost: named, taken over, or removed.

use serde_json::json;

use crate::rollout::{ROLLOUT, SMALL, Site, below};

#[test]
fn lost_rules_are_adopted_and_nothing_closes() {
    let site = Site::small();
    let (core, rule) = (site.live("core"), site.rule("core", "ingress tcp 29091"));
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    assert_eq!((site.live("core"), site.rule("core", "ingress tcp 29091")), (core, rule));
    assert_eq!(site.state()["foreign_rules"], json!({}));
}

#[test]
fn lost_rules_that_nobody_wants_any_more_are_named() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.rollout(&SMALL.replace(r#""configuration", "#, ""), "");
    site.settle();
    let state = site.state();
    let foreign = site.with_names(&state["foreign_rules"]["core"].to_string());
    assert!(
        foreign.contains(
            r#""ingress tcp 29091 from 10.20.0.0/16":"left behind under this name: sgr-…, \"configuration.29091 row 4 from agents\"""#
        ),
        "{foreign}"
    );
    site.rollout(&SMALL.replace(r#""configuration", "#, ""), r#"on_foreign = "remove""#);
    let changes = site.plan();
    assert_eq!(
        below(&changes, "foreign_rules"),
        [
            r#"core - "ingress tcp 29091 from 10.20.0.0/16" = "left behind under this name: sgr-…, \"configuration.29091 row 4 from agents\"""#,
            r#"core - "ingress tcp 39091 from 10.20.0.0/16" = "left behind under this name: sgr-…, \"configuration.39091 row 5 from agents\"""#,
        ]
    );
    site.settle();
    assert_eq!(site.open("core").len(), 3);
}
