//! A role assumed with the token of an identity provider: a cluster's, a pipeline's.
//!
//! Our own call because that of `aws-config` takes no inline token. A file is read again for every session, because whoever issues
//! tokens replaces it.

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, future};

use super::role::{credentials, policies, refused, seconds};
use super::told::SignInError;
use super::{SESSION_NAME, variable};
use crate::aws::error::AwsError;
use crate::aws::settings::{WebIdentity, WebIdentityToken};

/// A role and the token that opens it.
#[derive(Debug)]
pub(super) struct IdentifiedRole {
    arn: String,
    session_name: String,
    token: WebIdentityToken,
    settings: WebIdentity,
    sts: aws_sdk_sts::Client,
}

impl WebIdentity {
    /// Returns the one that the environment describes.
    pub(super) fn of_environment() -> WebIdentity {
        WebIdentity { role_arn: None, session_name: None, duration: None, policy: None, policy_arns: Vec::new(), token: None }
    }
}

impl IdentifiedRole {
    /// Returns the role; `sts` needs no credentials.
    ///
    /// # Errors
    /// When neither settings nor environment say which role, or where the token is.
    pub(super) fn new(settings: &WebIdentity, sts: aws_sdk_sts::Config) -> Result<IdentifiedRole, AwsError> {
        let lacking = |what: &str, attribute: &str, variable: &str| AwsError::SignIn {
            fault: format!("the web identity has no {what}"),
            advice: format!("Set `{attribute}` in `assume_role_with_web_identity`, or {variable}."),
        };
        let arn = settings.role_arn.clone().or_else(|| variable("AWS_ROLE_ARN"));
        let file = || variable("AWS_WEB_IDENTITY_TOKEN_FILE").map(WebIdentityToken::File);
        Ok(IdentifiedRole {
            arn: arn.ok_or_else(|| lacking("role", "role_arn", "AWS_ROLE_ARN"))?,
            session_name: settings
                .session_name
                .clone()
                .or_else(|| variable("AWS_ROLE_SESSION_NAME"))
                .unwrap_or_else(|| SESSION_NAME.to_owned()),
            token: settings
                .token
                .clone()
                .or_else(file)
                .ok_or_else(|| lacking("token", "web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE"))?,
            settings: settings.clone(),
            sts: aws_sdk_sts::Client::from_conf(sts),
        })
    }

    async fn assume(&self) -> Provided {
        let request = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&self.arn)
            .role_session_name(&self.session_name)
            .web_identity_token(self.read_token()?)
            .set_duration_seconds(self.settings.duration.map(seconds))
            .set_policy(self.settings.policy.clone())
            .set_policy_arns(policies(&self.settings.policy_arns));
        let answer = request.send().await.map_err(|error| {
            let advice = "Check that the token has not expired, and that the role's trust policy lets its issuer, audience and subject in \
                          (`sts:AssumeRoleWithWebIdentity`).";
            refused(&self.arn, advice, error)
        })?;
        credentials(answer.credentials, &self.arn)
    }

    fn read_token(&self) -> Result<String, CredentialsError> {
        let path = match &self.token {
            WebIdentityToken::Inline(token) => return Ok(token.clone()),
            WebIdentityToken::File(path) => path,
        };
        let unreadable = |why: String| SignInError {
            fault: format!("the web identity token in `{path}` cannot be read: {why}"),
            advice: "Correct `web_identity_token_file` or AWS_WEB_IDENTITY_TOKEN_FILE; whoever runs Terraform must be able to read it."
                .to_owned(),
        };
        let token = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        match token.trim() {
            "" => Err(unreadable("it is empty".to_owned()).into()),
            token => Ok(token.to_owned()),
        }
    }
}

impl ProvideCredentials for IdentifiedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}
