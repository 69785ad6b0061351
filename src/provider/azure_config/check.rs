//! What is wrong with the `azure` block: what shows by itself is said by `terraform validate`, what a file has to show before a plan.

use super::settings::settings;
use crate::azure::{self, SignInError};
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};

/// Checks what no attribute can say by itself.
pub(in crate::provider) fn validate(azure: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let at = AttributePath::root().attr("azure");
    // Each makes nothing by itself, wherever else the rest is said.
    for (one, switch) in [("oidc_token", "use_oidc"), ("oidc_token_file_path", "use_oidc")] {
        let off = |name: &str| azure.get(name).as_bool() == Some(false);
        if given(azure.get(one)) && off(switch) {
            let detail = format!("`azure` has `{one}`, and `{switch} = false` keeps it from being used. Take one of them out.");
            diagnostics.push(Diagnostic::error("Unused Azure setting", detail).at(&at.attr(one)));
        }
    }
    diagnostics
}

/// Looks at files and the environment as they are now, as far as attributes of the block are concerned: the rest is told where Azure is
/// needed, because another cloud may be meant.
pub(in crate::provider) fn look(azure: &Value) -> Diagnostics {
    if azure.is_null() || !azure.is_wholly_known() {
        return Diagnostics::new();
    }
    match azure::check::settings(&settings(azure)) {
        Err(SignInError { fault, advice, attribute: Some(attribute) }) if given(azure.get(attribute)) => {
            let at = AttributePath::root().attr("azure").attr(attribute);
            Diagnostic::error("Cannot sign in to Azure", format!("{at}: {fault}. {advice}")).at(&at).into()
        }
        Ok(()) | Err(_) => Diagnostics::new(),
    }
}

/// What is unknown may turn out to be null; Terraform asks again when it is known.
fn given(value: &Value) -> bool {
    value.is_known() && !value.is_null()
}
