//! One role of a chain, assumed with the credentials of the one before.
//!
//! Our own call because that of `aws-config` knows no source identity and no transitive tags. Whoever holds this keeps what it gives
//! until shortly before it expires.

use std::error::Error;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, future};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use std::time::{Duration, SystemTime};

use super::SESSION_NAME;
use super::told::{SignInError, causes};
use crate::aws::settings::AssumeRole;

/// A role.
#[derive(Debug)]
pub(super) struct AssumedRole {
    arn: String,
    request: AssumeRoleFluentBuilder,
}

impl AssumedRole {
    /// Returns the role; `sts` acts as whoever may assume it.
    pub(super) fn new(role: &AssumeRole, sts: aws_sdk_sts::Config) -> AssumedRole {
        let tags = role.tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok());
        let request = aws_sdk_sts::Client::from_conf(sts)
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_external_id(role.external_id.clone())
            .set_source_identity(role.source_identity.clone())
            .set_duration_seconds(role.duration.map(seconds))
            .set_policy(role.policy.clone())
            .set_policy_arns(policies(&role.policy_arns))
            .set_tags(some(tags.collect()))
            .set_transitive_tag_keys(some(role.transitive_tag_keys.iter().cloned().collect()));
        AssumedRole { arn: role.role_arn.clone(), request }
    }

    async fn assume(&self) -> Provided {
        let answer = self.request.clone().send().await.map_err(|error| {
            let advice = "Check the ARN, `external_id` and `source_identity`, whom the role's trust policy lets in (`sts:AssumeRole`, for \
                          tags `sts:TagSession`, for a source identity `sts:SetSourceIdentity`), and its longest session.";
            refused(&self.arn, advice, error)
        })?;
        credentials(answer.credentials, &self.arn)
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

/// Says why a role could not be assumed; where the credentials before it failed, why those did.
pub(super) fn refused<E, R>(arn: &str, advice: &str, error: SdkError<E, R>) -> CredentialsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if let Some(before) = SignInError::of(&error) {
        return before.clone().into();
    }
    let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
    let said = metadata.and_then(|metadata| Some((metadata.code()?, metadata.message().unwrap_or("(no message)"))));
    let told = match said {
        Some((code, message)) => {
            SignInError { fault: format!("STS refuses the role `{arn}`: {code}: {message}"), advice: advice.to_owned() }
        }
        None => SignInError {
            fault: format!("STS could not be asked for the role `{arn}`: {}", causes(&error)),
            advice:
                "Check that this machine reaches STS (DNS, proxy, firewall), and `sts_region` or `endpoints` in the provider's `aws` block."
                    .to_owned(),
        },
    };
    told.into()
}

/// Turns what STS answers into credentials.
pub(super) fn credentials(given: Option<aws_sdk_sts::types::Credentials>, arn: &str) -> Provided {
    let nothing = || SignInError {
        fault: format!("STS gave no credentials for the role `{arn}`"),
        advice: "Check that the endpoint of STS is one.".to_owned(),
    };
    let given = given.ok_or_else(nothing)?;
    let expiry = SystemTime::try_from(given.expiration).map_err(|_| nothing())?;
    Ok(Credentials::new(given.access_key_id, given.secret_access_key, Some(given.session_token), Some(expiry), "role"))
}

/// Policies as STS takes them.
pub(super) fn policies(arns: &[String]) -> Option<Vec<PolicyDescriptorType>> {
    some(arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect())
}

/// A duration as STS takes it.
pub(super) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
