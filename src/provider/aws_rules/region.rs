//! In which region the groups of a resource are: what the resource says, or the provider.
//!
//! The state says it, so that what was made in a region is read and removed there, whatever the provider's region is by then. Another
//! region is the only thing that replaces the resource.

use crate::aws::Ec2;
use crate::plugin::{AttributePath, Value};

/// The attribute.
pub(super) const REGION: &str = "region";

/// Returns the region to plan: what is configured, else the provider's, else that of the state.
pub(super) async fn planned(config: &Value, prior: Option<&Value>, ec2: Option<&Ec2>) -> Value {
    let asked = config.get(REGION);
    if !asked.is_null() {
        return asked.clone();
    }
    let of_provider = match ec2 {
        Some(ec2) => ec2.region().await.ok(),
        None => None,
    };
    let of_state = || prior.map(|prior| prior.get(REGION)).filter(|region| !region.is_null()).cloned();
    of_provider.map(Value::string).or_else(of_state).unwrap_or(Value::Unknown)
}

/// Returns the path of the region if it moves, which asks for a replacement.
pub(super) fn moves(prior: Option<&Value>, planned: &Value) -> Option<AttributePath> {
    let before = prior?.get(REGION);
    (!before.is_null() && before != planned).then(|| AttributePath::root().attr(REGION))
}

/// Returns EC2 where a plan may look: nowhere while it is unknown where.
pub(super) fn in_sight(config: &Value, planned: &Value, ec2: Option<&Ec2>) -> Option<Ec2> {
    let looked_for = config.get(REGION).is_known();
    ec2.filter(|_| looked_for).map(|ec2| planned.as_str().map_or_else(|| ec2.clone(), |region| ec2.in_region(region)))
}

/// Returns EC2 where a plan or state says, or where the provider does.
pub(super) fn at(ec2: &Ec2, value: &Value) -> Ec2 {
    value.get(REGION).as_str().map_or_else(|| ec2.clone(), |region| ec2.in_region(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_resource_says_goes_before_the_provider_and_that_before_the_state() {
        let ec2 = Ec2::new(crate::aws::Settings {
            region: Some("eu-central-1".to_owned()),
            access_key: Some("k".to_owned()),
            secret_key: Some("s".to_owned()),
            ..crate::aws::Settings::default()
        });
        let region = |text: &str| Value::object([(REGION, Value::string(text))]);
        let (silent, prior) = (Value::object([(REGION, Value::Null)]), region("us-east-1"));
        assert_eq!(planned(&region("ap-south-1"), Some(&prior), Some(&ec2)).await, Value::string("ap-south-1"));
        assert_eq!(planned(&silent, Some(&prior), Some(&ec2)).await, Value::string("eu-central-1"));
        assert_eq!(planned(&silent, Some(&prior), None).await, Value::string("us-east-1"));
        assert_eq!(planned(&silent, None, None).await, Value::Unknown);
        assert_eq!(planned(&silent, Some(&silent), None).await, Value::Unknown);
    }

    #[test]
    fn only_another_region_than_that_of_the_state_replaces() {
        let state = |region: Value| Value::object([(REGION, region)]);
        let moved = |before: Value, planned: Value| moves(Some(&state(before)), &planned).is_some();
        assert!(moved(Value::string("a"), Value::string("b")) && moved(Value::string("a"), Value::Unknown));
        assert!(!moved(Value::string("a"), Value::string("a")) && !moved(Value::Null, Value::string("b")));
        assert!(moves(None, &Value::string("b")).is_none());
    }
}
