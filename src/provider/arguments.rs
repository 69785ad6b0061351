//! Arguments that the resources of both clouds have in common, and what is checked of them.

use super::duration;
use super::on_foreign::OnForeign;
use crate::matrix::Matrix;
use crate::net::{Cidr, Reach};
use crate::plugin::{Attribute, AttributePath, Block, Diagnostic, Nested, NestedBlock, Type, Value, validator};

/// Returns `placements`, each with these attributes.
pub(super) fn placements(placement: Vec<Attribute>) -> Attribute {
    Attribute::required("placements", Nested::map(placement)).description(
        "Where components live: a name of yours to what lives there and where that is. Modules build it with `for` and `merge`; a null placement is absent. A name is a lower-case letter, then up to 31 of `a-z`, `0-9`, `_` and `-`. \
         Terraform silently drops names that it does not know inside a placement: check their spelling.",
    )
}

/// Returns `components` of a placement.
pub(super) fn components() -> Attribute {
    Attribute::optional("components", Type::set(Type::String)).description(
        "Names of components and roles that live here (`emc_port_matrix` lists them). A placement that only `extra` flows name needs none.",
    )
}

/// Returns `single_host` of a placement.
pub(super) fn single_host() -> Attribute {
    Attribute::optional("single_host", Type::Bool)
        .description("Whether all of its components share one host, so that traffic between them needs no rule. Default `false`.")
}

/// Returns `release`.
pub(super) fn release() -> Attribute {
    Attribute::optional("release", Type::String)
        .description("The EMC release whose table is used. Default `6.6`; a newer provider does not change it by itself.")
        .default("6.6")
}

/// Returns `on_foreign`; `removes` says what `remove` does.
pub(super) fn on_foreign(removes: &str) -> Attribute {
    let choices: Vec<&str> = OnForeign::ALL.iter().map(|choice| choice.as_str()).collect();
    Attribute::optional("on_foreign", Type::String)
        .description(format!(
            "What is done about rules in these groups that this provider did not make: `ignore`, `report` (default: a new one shows in the plan until an apply acknowledges it) \
             or `remove` ({removes}).",
        ))
        .default("report")
        .validate(validator::one_of(choices))
}

/// Returns the block `timeouts`.
pub(super) fn timeouts() -> NestedBlock {
    let timeout = |name: &str| {
        Attribute::optional(name, Type::String)
            .description(format!("How long {name} may take, such as `30s` or `10m`. Default `10m`."))
            .validate(validator::text(|text| duration::parse(text).map(drop)))
    };
    let block = Block::new([timeout("create"), timeout("update"), timeout("delete")])
        .description("How long operations may take. When the time is over, what is done is in the state.");
    NestedBlock::single("timeouts", block)
}

/// Says that an address block reaches further than anyone means by chance; `allow_public` says that it is meant.
pub(super) fn too_wide(cidr: Cidr, allow_public: bool) -> Option<(&'static str, String)> {
    let reach = cidr.reach().filter(|_| !allow_public)?;
    let wide = |reason: String| {
        let detail =
            format!("`{cidr}` is refused because {reason}. Narrow it, or set `allow_public = true` on the placement if that is meant.");
        ("Address block too wide", detail)
    };
    Some(match reach {
        Reach::Everything => wide("it is every address there is".to_owned()),
        Reach::Wide { limit } => wide(format!("its prefix is /{limit} or wider")),
        Reach::Public => {
            let detail = format!(
                "`{cidr}` is public. If hosts with public addresses are meant, set `allow_public = true` on the placement; otherwise write their private addresses."
            );
            ("Public address block", detail)
        }
    })
}

/// Says that no placement is managed: `what` would not happen, `attribute` is where a placement names its group.
pub(super) fn none_managed(config: &Value, summary: &str, what: &str, attribute: &str) -> Option<Diagnostic> {
    let manage = config.get("manage");
    let detail = format!(
        "`manage` names no placement, so no group would be {what}. Name placements that have a `{attribute}`, or leave `manage` out for all of them."
    );
    let is_empty = manage.is_known() && !manage.is_null() && manage.elements().is_empty();
    is_empty.then(|| Diagnostic::error(summary, detail).at(&AttributePath::root().attr("manage")))
}

/// Says what is wrong with `release`, if anything is.
pub(super) fn check_release(config: &Value, matrix: &Matrix) -> Option<Diagnostic> {
    let release = config.get("release").as_str().filter(|release| *release != matrix.release())?;
    let detail = format!(
        "The table in force is for release `{}`, not `{release}`. Other releases come with other versions of the provider, or as `matrix_file`.",
        matrix.release()
    );
    Some(Diagnostic::error("Unknown release", detail).at(&AttributePath::root().attr("release")))
}

/// Leaves every computed value to be known after apply.
pub(super) fn with_unknown(mut planned: Value, computed: Vec<String>) -> Value {
    for attribute in computed {
        planned.set_entry(attribute, Value::Unknown);
    }
    planned
}
