//! Which region, where the settings do not say.

use aws_config::imds::Client;
use aws_config::imds::region::ImdsRegionProvider;
use aws_types::region::Region;

use super::profile::Profiles;
use super::source::Origin;
use super::variable;
use crate::aws::settings::Settings;

/// Returns the region of the settings, the environment, the profile, or, where the credentials would come from the instance too, of the
/// instance. Nobody else waits for an instance metadata service that may not be there.
pub(super) async fn region(settings: &Settings, profiles: &Profiles, origin: &Origin, metadata: Option<&Client>) -> Option<Region> {
    let written = settings.region.clone().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    if let Some(region) = written.or_else(|| profiles.get("region")) {
        return Some(Region::new(region));
    }
    let from_instance = matches!(origin, Origin::Machine) && settings.web_identity.is_none();
    let metadata = metadata.filter(|_| from_instance && !super::source::in_container())?;
    ImdsRegionProvider::builder().imds_client(metadata.clone()).build().region().await
}
