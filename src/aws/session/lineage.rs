//! What a profile builds upon: the credentials at the bottom, and the roles from there up to it.
//!
//! Our own, because that of `aws-config` passes over `duration_seconds` and knows no other STS than the environment's. It reads the
//! shared files only, and asks nobody.

use std::time::Duration;

use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::Credentials;

use crate::aws::error::AwsError;
use crate::aws::settings::{AssumeRole, WebIdentity, WebIdentityToken};

/// What a profile leads to.
#[derive(Debug)]
pub(super) struct Lineage {
    pub(super) base: Base,
    /// The roles to assume, in their order.
    pub(super) roles: Vec<AssumeRole>,
}

/// What is at the bottom.
#[derive(Debug)]
pub(super) enum Base {
    /// Keys of a profile that others name as their source.
    Keys(Credentials),
    /// `credential_source = Environment`.
    Environment,
    /// `credential_source = EcsContainer`.
    Container,
    /// `credential_source = Ec2InstanceMetadata`.
    Instance,
    /// A role and the file of a token.
    WebIdentity(WebIdentity),
    /// A profile without a role: keys, SSO, or a process.
    Profile { name: String, sso: bool },
}

/// Follows a profile down to its credentials.
///
/// # Errors
/// When a profile on the way does not exist, leads back to itself, or says something that cannot be had.
pub(super) fn follow(set: &ProfileSet, chosen: &str) -> Result<Lineage, AwsError> {
    let mut roles: Vec<AssumeRole> = Vec::new();
    let mut visited: Vec<&str> = Vec::new();
    let mut name = chosen;
    let base = loop {
        let Some(profile) = set.get_profile(name) else {
            let upon = visited.last().copied().unwrap_or(chosen);
            return Err(wrong(format!("the AWS profile `{upon}` has `source_profile = {name}`, and no such profile exists")));
        };
        // A source that has keys of its own is asked for these, whatever role it has besides; it may even be the same profile.
        if let (false, Some(keys)) = (visited.is_empty(), keys(profile)) {
            break Base::Keys(keys);
        }
        if visited.contains(&name) {
            return Err(wrong(format!("the AWS profile `{name}` leads back to itself by `source_profile`")));
        }
        visited.push(name);
        let Some(arn) = profile.get("role_arn") else { break bottom(profile, chosen)? };
        if let Some(file) = profile.get("web_identity_token_file") {
            break Base::WebIdentity(WebIdentity {
                role_arn: Some(arn.to_owned()),
                session_name: profile.get("role_session_name").map(str::to_owned),
                duration: duration(profile)?,
                policy: None,
                policy_arns: Vec::new(),
                token: Some(WebIdentityToken::File(file.to_owned())),
            });
        }
        if profile.get("mfa_serial").is_some() {
            let fault =
                format!("the AWS profile `{name}` has `mfa_serial`: its role asks for a one-time code, and nobody can be asked here");
            return Err(AwsError::SignIn { fault, advice: export(chosen) });
        }
        roles.push(AssumeRole {
            role_arn: arn.to_owned(),
            external_id: profile.get("external_id").map(str::to_owned),
            session_name: profile.get("role_session_name").map(str::to_owned),
            duration: duration(profile)?,
            ..AssumeRole::default()
        });
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(source), _) => name = source,
            (None, Some("Environment")) => break Base::Environment,
            (None, Some("EcsContainer")) => break Base::Container,
            (None, Some("Ec2InstanceMetadata")) => break Base::Instance,
            (None, Some(other)) => {
                return Err(wrong(format!(
                    "the AWS profile `{name}` has `credential_source = {other}`; it can be Environment, EcsContainer or Ec2InstanceMetadata"
                )));
            }
            (None, None) => {
                return Err(wrong(format!(
                    "the AWS profile `{name}` has `role_arn`, but neither `source_profile` nor `credential_source` nor `web_identity_token_file`"
                )));
            }
        }
    };
    roles.reverse();
    Ok(Lineage { base, roles })
}

fn bottom(profile: &Profile, chosen: &str) -> Result<Base, AwsError> {
    let name = profile.name().to_owned();
    let has = |key: &str| profile.get(key).is_some();
    let sso = has("sso_session") || has("sso_start_url");
    if has("login_session") && !sso && !has("credential_process") && keys(profile).is_none() {
        let fault = format!("the AWS profile `{name}` uses a session of `aws login`, which this provider cannot use");
        return Err(AwsError::SignIn { fault, advice: export(chosen) });
    }
    Ok(Base::Profile { name, sso })
}

fn keys(profile: &Profile) -> Option<Credentials> {
    let token = profile.get("aws_session_token").map(str::to_owned);
    Some(Credentials::new(profile.get("aws_access_key_id")?, profile.get("aws_secret_access_key")?, token, None, "profile"))
}

fn duration(profile: &Profile) -> Result<Option<Duration>, AwsError> {
    let Some(text) = profile.get("duration_seconds") else { return Ok(None) };
    match text.parse::<u64>() {
        Ok(seconds) if (900..=43_200).contains(&seconds) => Ok(Some(Duration::from_secs(seconds))),
        Ok(_) | Err(_) => Err(wrong(format!(
            "the AWS profile `{}` has `duration_seconds = {text}`; a session lasts 900 to 43200 seconds",
            profile.name()
        ))),
    }
}

fn wrong(fault: String) -> AwsError {
    AwsError::SignIn { fault, advice: "Correct the profile in the shared AWS files, or name another one.".to_owned() }
}

fn export(name: &str) -> String {
    format!(
        "Sign in outside and hand the keys in, for example with `eval \"$(aws configure export-credentials --profile {name} --format env)\"`, and set no `profile` then."
    )
}

#[cfg(test)]
mod tests;
