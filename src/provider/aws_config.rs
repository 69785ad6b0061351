//! The provider's `aws` block, and the connection that is made of it when the first resource needs one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::aws::{self, Ec2};
use crate::plugin::Value;

mod block;
mod check;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use block::block;
pub(super) use check::{region, validate};
pub(super) use settings::texts_by_name;

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
    Ready { ec2: Arc<Ec2>, tags: Arc<BTreeMap<String, String>> },
}

impl Account {
    /// Takes the `aws` block.
    pub(super) fn configure(&self, aws: &Value) {
        let connection = if aws.is_wholly_known() {
            // What is written goes before what the environment says.
            let mut tags = aws::environment_tags();
            tags.extend(texts_by_name(aws.get("default_tags").get("tags")));
            Connection::Ready { ec2: Arc::new(Ec2::new(settings::settings(aws))), tags: Arc::new(tags) }
        } else {
            Connection::Unknown
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Returns the way to EC2, if the configuration is known.
    pub(super) fn ec2(&self) -> Option<Arc<Ec2>> {
        match self.connection() {
            Connection::Ready { ec2, .. } => Some(ec2),
            Connection::Unconfigured | Connection::Unknown => None,
        }
    }

    /// Returns the tags that every rule gets beside our mark, if the configuration is known.
    pub(super) fn default_tags(&self) -> Option<Arc<BTreeMap<String, String>>> {
        match self.connection() {
            Connection::Ready { tags, .. } => Some(tags),
            Connection::Unconfigured | Connection::Unknown => None,
        }
    }

    fn connection(&self) -> Connection {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
