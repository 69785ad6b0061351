//! The five requests that change something, each for one group: change in place, describe, tag, create, remove.
//!
//! Each is one call as long as EC2 takes that many rules in one; none repeats anything by itself beyond what the SDK does.

use aws_sdk_ec2::types::{ResourceType, SecurityGroupRule, SecurityGroupRuleDescription, SecurityGroupRuleUpdate, Tag, TagSpecification};

use crate::net::Direction;

use super::endpoint::{Endpoint, failure};
use super::error::AwsError;
use super::id::{RuleId, SecurityGroupId};
use super::owner::{INSTANCE_TAG, LiveRule, Mark, NAME_TAG};
use super::permission::Permission;
use super::steps::{Describe, Modify};
use super::tags::Tags;
use super::{lift, lower};

/// Rules in one call. EC2 documents no limit; other tools that write many rules found that it takes a thousand.
pub(crate) const RULES_A_CALL: usize = 1000;

/// Gives rules of one group another form; both directions may come in one call.
pub(crate) async fn modify(endpoint: &Endpoint, group: &SecurityGroupId, rules: &[Modify]) -> Result<(), AwsError> {
    let updates = rules.iter().filter_map(|modify| {
        let request = lower::rule_request(&modify.permission, &modify.description)?;
        let update = SecurityGroupRuleUpdate::builder().security_group_rule_id(modify.rule.as_str());
        Some(update.security_group_rule(request).build())
    });
    let request = endpoint.client.modify_security_group_rules().group_id(group.as_str());
    let request = request.set_security_group_rules(Some(updates.collect())).customize();
    let answer = request.config_override(endpoint.patience()).send().await;
    answer.map(|_| ()).map_err(|error| failure(endpoint.call("ModifySecurityGroupRules", [group]), error))
}

/// Gives rules of one direction another description, and leaves everything else of them alone.
pub(crate) async fn describe(
    endpoint: &Endpoint,
    group: &SecurityGroupId,
    direction: Direction,
    rules: &[&Describe],
) -> Result<(), AwsError> {
    let text = |description: &str| Some(description.to_owned()).filter(|text| !text.is_empty()); // An absent one is cleared.
    let descriptions = rules.iter().map(|describe| {
        let rule = SecurityGroupRuleDescription::builder().security_group_rule_id(describe.rule.as_str());
        rule.set_description(text(&describe.description)).build()
    });
    let descriptions = Some(descriptions.collect());
    match direction {
        Direction::Ingress => {
            let request = endpoint.client.update_security_group_rule_descriptions_ingress().group_id(group.as_str());
            let request = request.set_security_group_rule_descriptions(descriptions).customize();
            let answer = request.config_override(endpoint.patience()).send().await;
            answer.map(|_| ()).map_err(|error| failure(endpoint.call(describe_action(direction), [group]), error))
        }
        Direction::Egress => {
            let request = endpoint.client.update_security_group_rule_descriptions_egress().group_id(group.as_str());
            let request = request.set_security_group_rule_descriptions(descriptions).customize();
            let answer = request.config_override(endpoint.patience()).send().await;
            answer.map(|_| ()).map_err(|error| failure(endpoint.call(describe_action(direction), [group]), error))
        }
    }
}

/// Puts our mark and the tags that are wanted on rules of one group.
pub(crate) async fn adopt(
    endpoint: &Endpoint,
    group: &SecurityGroupId,
    rules: &[RuleId],
    mark: &Mark,
    wanted: &Tags,
) -> Result<(), AwsError> {
    let ids = rules.iter().map(|rule| rule.as_str().to_owned()).collect();
    let request = endpoint.client.create_tags().set_resources(Some(ids)).set_tags(Some(tags(mark, wanted)));
    let answer = request.customize().config_override(endpoint.patience()).send().await;
    answer.map(|_| ()).map_err(|error| failure(endpoint.call("CreateTags", [group]), error))
}

/// Takes the tags that are not wanted any more off rules of one group.
pub(crate) async fn untag(endpoint: &Endpoint, group: &SecurityGroupId, rules: &[RuleId], wanted: &Tags) -> Result<(), AwsError> {
    let ids = rules.iter().map(|rule| rule.as_str().to_owned()).collect();
    let keys = wanted.drop.iter().map(|key| Tag::builder().key(key).build()).collect(); // Without a value: whatever it is.
    let request = endpoint.client.delete_tags().set_resources(Some(ids)).set_tags(Some(keys));
    let answer = request.customize().config_override(endpoint.patience()).send().await;
    answer.map(|_| ()).map_err(|error| failure(endpoint.call("DeleteTags", [group]), error))
}

/// Creates rules of one direction, marked from the start, and returns those that EC2 says it made.
pub(crate) async fn authorize(
    endpoint: &Endpoint,
    group: &SecurityGroupId,
    direction: Direction,
    rules: &[&(Permission, String)],
    mark: &Mark,
    wanted: &Tags,
) -> Result<Vec<LiveRule>, AwsError> {
    let permissions = lower::ip_permissions(rules.iter().map(|(permission, description)| (permission, description.as_str())));
    let marks = TagSpecification::builder().resource_type(ResourceType::SecurityGroupRule).set_tags(Some(tags(mark, wanted))).build();
    let lift = |made: Option<Vec<SecurityGroupRule>>| -> Vec<LiveRule> {
        let made = made.unwrap_or_default();
        let made = made.iter().filter_map(lift::live_rule);
        made.map(|rule| LiveRule { mark: Some(mark.clone()), tags: wanted.set.clone(), ..rule }).collect()
    };
    match direction {
        Direction::Ingress => {
            let request = endpoint.client.authorize_security_group_ingress().group_id(group.as_str());
            let request = request.set_ip_permissions(Some(permissions)).tag_specifications(marks).customize();
            let answer = request.config_override(endpoint.patience()).send().await;
            let answer = answer.map_err(|error| failure(endpoint.call(authorize_action(direction), [group]), error))?;
            Ok(lift(answer.security_group_rules))
        }
        Direction::Egress => {
            let request = endpoint.client.authorize_security_group_egress().group_id(group.as_str());
            let request = request.set_ip_permissions(Some(permissions)).tag_specifications(marks).customize();
            let answer = request.config_override(endpoint.patience()).send().await;
            let answer = answer.map_err(|error| failure(endpoint.call(authorize_action(direction), [group]), error))?;
            Ok(lift(answer.security_group_rules))
        }
    }
}

/// Removes rules of one direction.
pub(crate) async fn revoke(endpoint: &Endpoint, group: &SecurityGroupId, direction: Direction, rules: &[RuleId]) -> Result<(), AwsError> {
    let ids = Some(rules.iter().map(|rule| rule.as_str().to_owned()).collect());
    match direction {
        Direction::Ingress => {
            let request = endpoint.client.revoke_security_group_ingress().group_id(group.as_str());
            let request = request.set_security_group_rule_ids(ids).customize();
            let answer = request.config_override(endpoint.patience()).send().await;
            answer.map(|_| ()).map_err(|error| failure(endpoint.call(revoke_action(direction), [group]), error))
        }
        Direction::Egress => {
            let request = endpoint.client.revoke_security_group_egress().group_id(group.as_str());
            let request = request.set_security_group_rule_ids(ids).customize();
            let answer = request.config_override(endpoint.patience()).send().await;
            answer.map(|_| ()).map_err(|error| failure(endpoint.call(revoke_action(direction), [group]), error))
        }
    }
}

/// Returns what EC2 calls it.
pub(crate) fn authorize_action(direction: Direction) -> &'static str {
    match direction {
        Direction::Egress => "AuthorizeSecurityGroupEgress",
        Direction::Ingress => "AuthorizeSecurityGroupIngress",
    }
}

/// Returns what EC2 calls it.
pub(crate) fn describe_action(direction: Direction) -> &'static str {
    match direction {
        Direction::Egress => "UpdateSecurityGroupRuleDescriptionsEgress",
        Direction::Ingress => "UpdateSecurityGroupRuleDescriptionsIngress",
    }
}

/// Returns what EC2 calls it.
pub(crate) fn revoke_action(direction: Direction) -> &'static str {
    match direction {
        Direction::Egress => "RevokeSecurityGroupEgress",
        Direction::Ingress => "RevokeSecurityGroupIngress",
    }
}

fn tags(mark: &Mark, wanted: &Tags) -> Vec<Tag> {
    let marks = [(NAME_TAG, &mark.name), (INSTANCE_TAG, &mark.instance)];
    let others = wanted.set.iter().map(|(key, value)| (key.as_str(), value));
    marks.into_iter().chain(others).map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
