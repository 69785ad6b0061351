//! Down from a profile to its credentials.

use aws_config::profile;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::*;

async fn followed(text: &str, name: &str) -> Result<Lineage, String> {
    let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, text).build();
    let set = profile::load(&Fs::real(), &Env::real(), &files, Some(name.to_owned().into())).await.unwrap();
    follow(&set, name).map_err(|error| error.to_string())
}

#[tokio::test]
async fn roles_are_assumed_from_the_bottom_up() {
    let text = "[profile top]\nrole_arn = arn:top\nsource_profile = middle\nduration_seconds = 900\nexternal_id = x\n\
                [profile middle]\nrole_arn = arn:middle\nsource_profile = bottom\nrole_session_name = me\n\
                [profile bottom]\nsso_session = corp\n";
    let Lineage { base, roles } = followed(text, "top").await.unwrap();
    assert!(matches!(base, Base::Profile { name, sso: true } if name == "bottom"));
    let names: Vec<&str> = roles.iter().map(|role| role.role_arn.as_str()).collect();
    assert_eq!(names, ["arn:middle", "arn:top"]);
    assert_eq!((roles[0].session_name.as_deref(), roles[1].external_id.as_deref()), (Some("me"), Some("x")));
    assert_eq!(roles[1].duration, Some(Duration::from_secs(900)));
}

#[tokio::test]
async fn a_source_with_keys_is_asked_for_them_even_if_it_is_the_same_profile() {
    let text = "[profile self]\nrole_arn = arn:self\nsource_profile = self\naws_access_key_id = AKIA\naws_secret_access_key = s\n";
    let Lineage { base, roles } = followed(text, "self").await.unwrap();
    assert!(matches!(base, Base::Keys(keys) if keys.access_key_id() == "AKIA"));
    assert_eq!(roles.len(), 1);
    let plain = followed("[profile plain]\naws_access_key_id = AKIA\naws_secret_access_key = s\n", "plain").await.unwrap();
    assert!(matches!(plain, Lineage { base: Base::Profile { sso: false, .. }, roles } if roles.is_empty()));
}

#[tokio::test]
async fn sources_beside_profiles() {
    let role = |source: &str| format!("[profile p]\nrole_arn = arn:p\n{source}\n");
    let base = async |source: &str| followed(&role(source), "p").await.unwrap().base;
    assert!(matches!(base("credential_source = Environment").await, Base::Environment));
    assert!(matches!(base("credential_source = EcsContainer").await, Base::Container));
    assert!(matches!(base("credential_source = Ec2InstanceMetadata").await, Base::Instance));
    let Base::WebIdentity(identity) = base("web_identity_token_file = /token\nrole_session_name = me").await else { panic!() };
    assert_eq!((identity.role_arn.as_deref(), identity.session_name.as_deref()), (Some("arn:p"), Some("me")));
}

#[tokio::test]
async fn what_leads_nowhere_is_told() {
    let cases = [
        ("role_arn = arn:p\nsource_profile = q", "the AWS profile `p` has `source_profile = q`, and no such profile exists"),
        ("role_arn = arn:p\nsource_profile = p", "the AWS profile `p` leads back to itself by `source_profile`"),
        (
            "role_arn = arn:p\ncredential_source = Elsewhere",
            "the AWS profile `p` has `credential_source = Elsewhere`; it can be Environment, EcsContainer or Ec2InstanceMetadata",
        ),
        (
            "role_arn = arn:p",
            "the AWS profile `p` has `role_arn`, but neither `source_profile` nor `credential_source` nor `web_identity_token_file`",
        ),
        (
            "role_arn = arn:p\ncredential_source = Environment\nduration_seconds = 60",
            "the AWS profile `p` has `duration_seconds = 60`; a session lasts 900 to 43200 seconds",
        ),
        (
            "role_arn = arn:p\nsource_profile = q\nmfa_serial = m",
            "the AWS profile `p` has `mfa_serial`: its role asks for a one-time code, and nobody can be asked here",
        ),
        ("login_session = arn:me", "the AWS profile `p` uses a session of `aws login`, which this provider cannot use"),
    ];
    for (text, fault) in cases {
        assert_eq!(followed(&format!("[profile p]\n{text}\n"), "p").await.unwrap_err(), fault);
    }
}
