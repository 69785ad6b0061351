//! Files that the settings name, looked at before anything needs them.

use std::fs;

use super::profile::at_home;
use crate::aws::settings::Settings;

/// Returns the attributes that name a file which cannot be read, each with what is wrong.
pub fn unreadable(settings: &Settings) -> Vec<(&'static str, String)> {
    let configs = settings.shared_config_files.iter().map(|path| ("shared_config_files", at_home(path)));
    let credentials = settings.shared_credentials_files.iter().map(|path| ("shared_credentials_files", at_home(path)));
    let authorities = settings.custom_ca_bundle.iter().map(|path| ("custom_ca_bundle", path.clone()));
    let files = configs.chain(credentials).chain(authorities);
    files
        .filter_map(|(attribute, path)| fs::read(&path).err().map(|error| (attribute, format!("`{path}` cannot be read: {error}"))))
        .collect()
}
