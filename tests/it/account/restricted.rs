//! Accounts that may be worked in.

use super::Site;

#[test]
fn an_account_that_is_not_allowed_is_refused_at_plan_and_nothing_is_asked_of_ec2() {
    for (list, word) in [
        ("allowed_account_ids = [\"999999999999\"]", "is not among `allowed_account_ids` (`999999999999`)"),
        ("forbidden_account_ids = [\"<own>\"]", "is among `forbidden_account_ids` (`<own>`)"),
    ] {
        let site = Site::new().with_keys();
        let own = site.ec2.account().to_owned();
        let (list, word) = (list.replace("<own>", &own), word.replace("<own>", &own));
        site.workspace.init();
        site.write(&list, "");
        for refused in [site.workspace.plan_fails(), site.workspace.apply_fails()] {
            refused.says("Error: Wrong AWS account").says(&format!("These credentials belong to the AWS account `{own}`, which {word}. Use credentials of the account that is meant (`profile`, `assume_role`), or correct the list in the provider's `aws` block."));
        }
        assert_eq!(site.ec2.calls().keys().collect::<Vec<_>>(), ["GetCallerIdentity"]);
    }
}

#[test]
fn an_account_that_becomes_forbidden_is_neither_read_nor_cleared() {
    let site = Site::new().with_keys();
    let list = format!("allowed_account_ids = [\"{}\"]", site.ec2.account());
    site.signs_in(&list);
    let live = site.ec2.lines(&site.core);
    site.write(&format!("forbidden_account_ids = [\"{}\"]", site.ec2.account()), "");
    site.ec2.reset();
    site.workspace.plan_fails().says("Error: Security groups cannot be read").says("is among `forbidden_account_ids`");
    site.workspace.destroy_fails().says("is among `forbidden_account_ids`");
    let unrefreshed = site.workspace.run(&["destroy", "-no-color", "-input=false", "-auto-approve", "-refresh=false"]).fails();
    unrefreshed.says("is among `forbidden_account_ids`");
    assert_eq!(site.ec2.calls().keys().collect::<Vec<_>>(), ["GetCallerIdentity"]);
    assert_eq!(site.ec2.lines(&site.core), live);
    site.write(&list, "");
    site.workspace.plan_is_empty();
    site.workspace.destroy();
}

#[test]
fn an_account_that_cannot_be_found_out_is_not_worked_in() {
    let site = Site::new().with_keys();
    site.ec2.fault(serde_json::json!({ "action": "GetCallerIdentity", "kind": "error", "times": 0, "code": "InvalidClientTokenId", "status": 403, "message": "no such key" }));
    site.is_refused(&format!("allowed_account_ids = [\"{}\"]", site.ec2.account()))
        .says("STS does not say which account this is, so `allowed_account_ids` and `forbidden_account_ids` cannot be heeded: InvalidClientTokenId: no such key");
}
