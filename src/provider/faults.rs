//! Faults of the domain as Terraform shows them: on the attribute they are about.

use crate::plugin::{AttributePath, Diagnostic, Diagnostics};
use crate::topology::Fault;

/// Returns one error for each fault, in their order.
pub(super) fn diagnostics(faults: &[Fault]) -> Diagnostics {
    faults.iter().map(|fault| Diagnostic::error(fault.summary, &fault.detail).at(&path(&fault.at))).collect()
}

/// Turns a fault's way into a path of the schema: `placements` and the maps of `policy` have keys, `extra` has positions.
pub(super) fn path(way: &[String]) -> AttributePath {
    let mut path = AttributePath::root();
    for (depth, step) in way.iter().enumerate() {
        let parent = depth.checked_sub(1).and_then(|index| way.get(index)).map(String::as_str);
        path = match (parent, step.parse::<usize>()) {
            (Some("extra"), Ok(index)) => path.index(index),
            (Some("placements" | "addresses" | "initiators" | "roles" | "ports" | "multicast_groups" | "answers" | "reasons"), _) => {
                path.key(step)
            }
            (Some(_) | None, _) => path.attr(step),
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn ways_become_paths_of_the_schema() {
        let p = |way: &[&str]| path(&way.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>()).to_string();
        assert_eq!(p(&["placements", "agents", "components"]), r#"placements["agents"].components"#);
        assert_eq!(p(&["policy", "ports", "aes.450"]), r#"policy.ports["aes.450"]"#);
        assert_eq!(p(&["policy", "extra", "1", "ports"]), "policy.extra[1].ports");
        assert_eq!(p(&["policy", "mail"]), "policy.mail");
    }
}
