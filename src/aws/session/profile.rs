//! Profiles of the shared files: which is chosen, where it was looked for, what it says.

use std::collections::BTreeSet;
use std::env;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::lineage::{self, Lineage};
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

    /// Follows the profile in force down to its credentials.
    ///
    /// # Errors
    /// As [`lineage::follow`].
    pub(super) fn lineage(&self) -> Result<Lineage, AwsError> {
        lineage::follow(&self.set, &self.name)
    }

    /// Says whether the profile in force leads to credentials.
    pub(super) fn has_credentials(&self) -> bool {
        ["aws_access_key_id", "role_arn", "credential_process", "sso_session", "sso_start_url", "login_session"]
            .into_iter()
            .any(|key| self.set.get(key).is_some())
    }
}

/// Paths in the settings may begin with `~/`, as in the official provider.
pub(super) fn at_home(path: &str) -> String {
    match (path.strip_prefix("~/"), env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        (Some(_) | None, _) => path.to_owned(),
    }
}
