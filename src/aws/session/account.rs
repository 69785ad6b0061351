//! Whether the account is one that may be worked in.

use aws_sdk_sts::Client;
use aws_sdk_sts::error::ProvideErrorMetadata;
use tokio::sync::OnceCell;

use super::told::{SignInError, causes};
use crate::aws::error::AwsError;
use crate::aws::settings::Accounts;

/// Compares the account with what is allowed. Which account it is, is asked once and remembered in `known`.
///
/// # Errors
/// When the account is not allowed, or cannot be found out.
pub(super) async fn check(accounts: &Accounts, known: &OnceCell<String>, sts: impl FnOnce() -> Client) -> Result<(), AwsError> {
    if *accounts == Accounts::Any {
        return Ok(());
    }
    let account = known.get_or_try_init(|| ask(sts())).await?;
    let allowed = match accounts {
        Accounts::Any => true,
        Accounts::Only(only) => only.contains(account),
        Accounts::AnyBut(not) => !not.contains(account),
    };
    if allowed { Ok(()) } else { Err(AwsError::WrongAccount { account: account.clone(), accounts: accounts.clone() }) }
}

async fn ask(sts: Client) -> Result<String, AwsError> {
    let unknown = |why: String| AwsError::SignIn {
        fault: format!(
            "STS does not say which account this is, so `allowed_account_ids` and `forbidden_account_ids` cannot be heeded: {why}"
        ),
        advice:
            "Check that the credentials are valid and that this machine reaches STS; an endpoint without STS needs both lists left out."
                .to_owned(),
    };
    let answer = sts.get_caller_identity().send().await.map_err(|error| {
        if let Some(SignInError { fault, advice }) = SignInError::of(&error).cloned() {
            return AwsError::SignIn { fault, advice };
        }
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let said = metadata.and_then(|metadata| Some(format!("{}: {}", metadata.code()?, metadata.message().unwrap_or("(no message)"))));
        unknown(said.unwrap_or_else(|| causes(&error)))
    })?;
    answer.account.ok_or_else(|| unknown("it gave no account".to_owned()))
}
