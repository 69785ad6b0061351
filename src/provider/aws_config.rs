//! The provider's `aws` block, and the connection that is made of it when the first resource needs one.

use std::sync::{Arc, Mutex, PoisonError};

use crate::aws::{Ec2, Settings};
use crate::plugin::{Attribute, AttributePath, Block, Diagnostic, Diagnostics, NestedBlock, Type, Value};

/// The schema of the block.
pub(super) fn block() -> NestedBlock {
    let text = |name: &str, description: &str| Attribute::optional(name, Type::String).description(description);
    let attributes = [
        text("region", "Region of the security groups. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's."),
        text(
            "profile",
            "Profile in the shared configuration and credentials files. Default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, then `default`.",
        ),
        text("access_key", "Access key id; needs `secret_key`. Default: `AWS_ACCESS_KEY_ID`."),
        text("secret_key", "Secret access key; needs `access_key`. Default: `AWS_SECRET_ACCESS_KEY`.").sensitive(),
        text("token", "Session token of temporary keys. Default: `AWS_SESSION_TOKEN`.").sensitive(),
    ];
    let endpoints =
        Block::new([text("ec2", "URL of the EC2 endpoint. Default: `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, then the region's own.")])
            .description("Endpoints to use instead of AWS's own.");
    let block = Block::new(attributes).blocks([NestedBlock::single("endpoints", endpoints)]).description(
        "How to reach AWS and as whom, spelled as in the official AWS provider. What is not set comes from the environment and the shared files.",
    );
    NestedBlock::single("aws", block)
}

/// Checks what the schema cannot: keys come in pairs.
pub(super) fn validate(aws: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (given, missing) in [("access_key", "secret_key"), ("secret_key", "access_key"), ("token", "access_key")] {
        if aws.get(given).as_str().is_some() && aws.get(missing).is_null() {
            let detail = format!("`aws` has `{given}` without `{missing}`. Give both, or neither and use a profile or the environment.");
            diagnostics.push(Diagnostic::error("Incomplete AWS keys", detail).at(&AttributePath::root().attr("aws").attr(given)));
        }
    }
    diagnostics
}

/// The account and region of one provider configuration.
#[derive(Debug, Default)]
pub(super) struct Account(Mutex<Connection>);

#[derive(Debug, Default, Clone)]
enum Connection {
    /// Terraform has not configured the provider.
    #[default]
    Unconfigured,
    /// Parts of the configuration are not known yet.
    Unknown,
    /// Ready; connects at first use.
    Ready(Arc<Ec2>),
}

impl Account {
    /// Takes the `aws` block.
    pub(super) fn configure(&self, aws: &Value) {
        let connection = if aws.is_wholly_known() { Connection::Ready(Arc::new(Ec2::new(settings(aws)))) } else { Connection::Unknown };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Returns the way to EC2, if the configuration is known.
    pub(super) fn ec2(&self) -> Option<Arc<Ec2>> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Connection::Ready(ec2) => Some(ec2),
            Connection::Unconfigured | Connection::Unknown => None,
        }
    }
}

fn settings(aws: &Value) -> Settings {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Settings {
        region: text(aws.get("region")),
        profile: text(aws.get("profile")),
        access_key: text(aws.get("access_key")),
        secret_key: text(aws.get("secret_key")),
        token: text(aws.get("token")),
        ec2_endpoint: text(aws.get("endpoints").get("ec2")),
        ..Settings::default()
    }
}
