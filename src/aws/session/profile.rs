//! Profiles of the shared files: which is chosen, where it was looked for, what it says.

use std::collections::BTreeSet;
use std::env;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::variable;
use crate::aws::error::AwsError;
use crate::aws::settings::Settings;
use crate::suggest::nearest;

/// The shared files and the profile in force.
#[derive(Debug)]
pub(super) struct Profiles {
    /// The files, for whoever reads them again.
    pub(super) files: EnvConfigFiles,
    /// The profile in force.
    pub(super) name: String,
    set: ProfileSet,
    /// Where a profile was looked for.
    looked_at: Vec<String>,
}

impl Profiles {
    /// Reads the shared files.
    ///
    /// # Errors
    /// When a file that the settings name cannot be read, or one is not in the form of shared files.
    pub(super) async fn load(settings: &Settings) -> Result<Profiles, AwsError> {
        let mut files = EnvConfigFiles::builder()
            .include_default_config_file(settings.shared_config_files.is_empty())
            .include_default_credentials_file(settings.shared_credentials_files.is_empty());
        let mut looked_at = Vec::new();
        for (kind, given, by_variable, by_default) in [
            (EnvConfigFileKind::Config, &settings.shared_config_files, "AWS_CONFIG_FILE", "~/.aws/config"),
            (EnvConfigFileKind::Credentials, &settings.shared_credentials_files, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        ] {
            for path in given {
                let path = at_home(path);
                looked_at.push(path.clone());
                files = files.with_file(kind, path);
            }
            if given.is_empty() {
                looked_at.push(variable(by_variable).unwrap_or_else(|| by_default.to_owned()));
            }
        }
        let files = files.build();
        let chosen = settings.profile.clone().or_else(|| variable("AWS_PROFILE")).or_else(|| variable("AWS_DEFAULT_PROFILE"));
        let name = chosen.unwrap_or_else(|| "default".to_owned());
        let set = aws_config::profile::load(&Fs::real(), &Env::real(), &files, Some(name.clone().into())).await;
        let set = set.map_err(|error| AwsError::SignIn {
            fault: format!("the shared AWS files cannot be used: {}", super::told::causes(&error)),
            advice: "Correct the file, or `shared_config_files` and `shared_credentials_files` in the provider's `aws` block.".to_owned(),
        })?;
        Ok(Profiles { files, name, set, looked_at })
    }

    /// Says whether the profile in force exists.
    pub(super) fn exists(&self) -> bool {
        self.set.get_profile(&self.name).is_some()
    }

    /// Returns what the profile in force says.
    pub(super) fn get(&self, key: &str) -> Option<String> {
        self.set.get(key).map(str::to_owned)
    }

    /// Returns the error of a profile that does not exist.
    pub(super) fn missing(&self) -> AwsError {
        let known: BTreeSet<&str> = self.set.profiles().collect();
        let near = nearest(&self.name, known.iter().copied()).map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default();
        let known = match known.len() {
            0 => "there is none".to_owned(),
            1..=12 => format!("there are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
            many => format!("there are {many} others"),
        };
        AwsError::SignIn {
            fault: format!("the AWS profile `{}` does not exist; looked at {}, where {known}", self.name, self.looked_at.join(" and ")),
            advice: format!(
                "Correct `profile` in the provider's `aws` block, or AWS_PROFILE, or create it with `aws configure --profile {}`.{near}",
                self.name
            ),
        }
    }

    /// Says what in the profile in force, or in one that it builds upon, cannot be had here.
    pub(super) fn impossible(&self) -> Option<AwsError> {
        let export = |name: &str| {
            format!(
                "Sign in outside and hand the keys in, for example with `eval \"$(aws configure export-credentials --profile {name} --format env)\"`, and set no `profile` then."
            )
        };
        self.lineage().into_iter().find_map(|name| {
            let profile = self.set.get_profile(name)?;
            if profile.get("role_arn").is_some() && profile.get("mfa_serial").is_some() {
                let fault =
                    format!("the AWS profile `{name}` has `mfa_serial`: its role asks for a one-time code, and nobody can be asked here");
                return Some(AwsError::SignIn { fault, advice: export(&self.name) });
            }
            profile.get("login_session")?;
            let fault = format!("the AWS profile `{name}` uses a session of `aws login`, which this provider cannot use");
            Some(AwsError::SignIn { fault, advice: export(&self.name) })
        })
    }

    /// Returns the profile that signs in by SSO, of the one in force and those it builds upon.
    pub(super) fn sso(&self) -> Option<&str> {
        let signs_in = |name: &&str| {
            self.set.get_profile(name).is_some_and(|profile| profile.get("sso_session").or_else(|| profile.get("sso_start_url")).is_some())
        };
        self.lineage().into_iter().find(signs_in)
    }

    /// Returns the profile in force and the `source_profile`s behind it.
    fn lineage(&self) -> Vec<&str> {
        let mut names: Vec<&str> = vec![&self.name];
        while let Some(next) = names.last().and_then(|name| self.set.get_profile(name)).and_then(|profile| profile.get("source_profile")) {
            if names.contains(&next) {
                break;
            }
            names.push(next);
        }
        names
    }

    /// Says whether the profile in force leads to credentials.
    pub(super) fn has_credentials(&self) -> bool {
        ["aws_access_key_id", "role_arn", "credential_process", "sso_session", "sso_start_url", "login_session"]
            .into_iter()
            .any(|key| self.set.get(key).is_some())
    }
}

/// Paths in the settings may begin with `~/`, as in the official provider.
fn at_home(path: &str) -> String {
    match (path.strip_prefix("~/"), env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        (Some(_) | None, _) => path.to_owned(),
    }
}
