//! The provider's `aws` block, and the connection that is made of it when the first resource needs one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::connection::Connection;
use super::setting::read_texts_by_name;
use crate::aws::{self, Ec2};
use crate::plugin::Value;

mod block;
mod check;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use block::block;
pub(super) use check::{look, region, validate};

/// The account and region of one provider configuration.
#[derive(Debug, Default)]
pub(super) struct Account(Connection<Ready>);

#[derive(Debug)]
struct Ready {
    ec2: Arc<Ec2>,
    tags: Arc<BTreeMap<String, String>>,
}

impl Account {
    /// Takes the `aws` block.
    pub(super) fn configure(&self, aws: &Value) {
        self.0.configure(aws, |aws| {
            // What is written goes before what the environment says.
            let mut tags = aws::environment_tags();
            tags.extend(read_texts_by_name(aws.get("default_tags").get("tags")));
            Ready { ec2: Arc::new(Ec2::new(settings::settings(aws))), tags: Arc::new(tags) }
        });
    }

    /// Returns the way to EC2, if the configuration is known.
    pub(super) fn ec2(&self) -> Option<Arc<Ec2>> {
        self.0.ready().map(|ready| Arc::clone(&ready.ec2))
    }

    /// Returns the tags that every rule gets beside our mark, if the configuration is known.
    pub(super) fn default_tags(&self) -> Option<Arc<BTreeMap<String, String>>> {
        self.0.ready().map(|ready| Arc::clone(&ready.tags))
    }
}
