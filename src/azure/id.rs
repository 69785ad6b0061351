//! Names that Azure gives or takes: subscriptions, network and application security groups, the rules of a group.
//!
//! Every one of them becomes a part of a URL. What Azure would not take as a name cannot be built, so that nothing like `..`, `%2e%2e`,
//! `?` or `/` ever changes which resource a request is about. Azure does not tell upper from lower case in any of them, and neither do
//! comparison and order here; a text is shown as it was given.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not the id of a network security group.
    #[error("`{text}` is not the id of a network security group: {fault}. Write the full resource id, such as `{}`", example(NsgId::KIND))]
    Nsg {
        /// What was given.
        text: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Not the id of an application security group.
    #[error(
        "`{text}` is not the id of an application security group: {fault}. Write the full resource id, such as `{}`",
        example(AsgId::KIND)
    )]
    Asg {
        /// What was given.
        text: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Not a name that a security rule can have.
    #[error("`{text}` cannot be the name of a security rule: {}", name_rules())]
    Rule {
        /// What was given.
        text: String,
    },
    /// Not the id of a subscription.
    #[error("`{text}` is not the id of a subscription, which looks like `00000000-0000-0000-0000-000000000000`")]
    Subscription {
        /// What was given.
        text: String,
    },
}

/// The id of a subscription, a GUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(Text);

/// The id of a network security group.
///
/// ```
/// use terraform_provider_emc::azure::NsgId;
/// let id = "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core";
/// let core: NsgId = id.parse().unwrap();
/// assert_eq!((core.resource_group(), core.name()), ("emc", "core"));
/// assert_eq!(core, id.to_lowercase().parse().unwrap());
/// assert!(id.replace("core", "%2e%2e").parse::<NsgId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NsgId(ResourceId);

/// The id of an application security group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsgId(ResourceId);

/// The id of a virtual network.
///
/// ```
/// use terraform_provider_emc::azure::NetworkId;
/// let network = "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/virtualNetworks/hub";
/// assert_eq!(NetworkId::of_subnet(&format!("{network}/subnets/servers")).unwrap().name(), "hub");
/// assert!(NetworkId::of_subnet(network).is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(ResourceId);

/// The name of a security rule, unique in its group.
///
/// ```
/// use terraform_provider_emc::azure::RuleName;
/// assert!("emc-prod-core.29073_from_agents".parse::<RuleName>().is_ok());
/// assert!("%2e%2e".parse::<RuleName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName(Text);

/// What both kinds of groups are named by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ResourceId {
    text: Text,
    subscription: SubscriptionId,
    resource_group: Text,
    name: Text,
}

/// A text that is the same in upper and lower case.
#[derive(Clone)]
struct Text {
    given: String,
    folded: String,
}

impl SubscriptionId {
    /// Returns the id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.given
    }
}

impl NsgId {
    const KIND: &str = "networkSecurityGroups";

    /// Returns the id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.text.given
    }

    /// Returns the subscription it belongs to.
    pub fn subscription(&self) -> &SubscriptionId {
        &self.0.subscription
    }

    /// Returns the name of its resource group.
    pub fn resource_group(&self) -> &str {
        &self.0.resource_group.given
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.0.name.given
    }
}

impl NetworkId {
    const KIND: &str = "virtualNetworks";

    /// Returns the network of a subnet with this id; nothing for what is no id of a subnet.
    pub fn of_subnet(id: &str) -> Option<NetworkId> {
        let segments: Vec<&str> = id.split('/').collect();
        let (network, [kind, _]) = segments.split_at_checked(segments.len().checked_sub(2)?)? else { return None };
        let is_subnet = kind.eq_ignore_ascii_case("subnets");
        ResourceId::parse(&network.join("/"), NetworkId::KIND).ok().filter(|_| is_subnet).map(NetworkId)
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.0.name.given
    }
}

impl AsgId {
    const KIND: &str = "applicationSecurityGroups";

    /// Returns the id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.text.given
    }

    /// Returns the subscription it belongs to.
    pub fn subscription(&self) -> &SubscriptionId {
        &self.0.subscription
    }

    /// Returns the name of its resource group.
    pub fn resource_group(&self) -> &str {
        &self.0.resource_group.given
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.0.name.given
    }
}

impl RuleName {
    /// The most characters that it can have.
    pub const MOST: usize = NAME_MOST;

    /// Returns the name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.given
    }
}

impl FromStr for SubscriptionId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<SubscriptionId, IdError> {
        let lengths = [8, 4, 4, 4, 12];
        let is_hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let parts: Vec<&str> = text.split('-').collect();
        let is_guid = parts.iter().map(|part| part.len()).eq(lengths) && parts.into_iter().all(is_hexadecimal);
        if is_guid { Ok(SubscriptionId(Text::new(text))) } else { Err(IdError::Subscription { text: text.to_owned() }) }
    }
}

impl FromStr for NsgId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<NsgId, IdError> {
        ResourceId::parse(text, NsgId::KIND).map(NsgId).map_err(|fault| IdError::Nsg { text: text.to_owned(), fault })
    }
}

impl FromStr for AsgId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<AsgId, IdError> {
        ResourceId::parse(text, AsgId::KIND).map(AsgId).map_err(|fault| IdError::Asg { text: text.to_owned(), fault })
    }
}

impl FromStr for RuleName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<RuleName, IdError> {
        if is_name(text) { Ok(RuleName(Text::new(text))) } else { Err(IdError::Rule { text: text.to_owned() }) }
    }
}

impl ResourceId {
    /// Reads an id of this kind; a refusal says what is wrong.
    fn parse(text: &str, kind: &str) -> Result<ResourceId, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err("a full resource id begins with `/subscriptions/`".to_owned());
        };
        let segments: Vec<&str> = rest.split('/').collect();
        let [subscriptions, subscription, groups, group, providers, namespace, found, name] = segments.as_slice() else {
            if segments.len() == 9 && rest.ends_with('/') {
                return Err("it ends in a slash".to_owned());
            }
            return Err(format!("it has {} parts between slashes instead of eight", segments.len()));
        };
        let words = [(subscriptions, "subscriptions"), (groups, "resourceGroups"), (providers, "providers"), (namespace, NAMESPACE)];
        if let Some((_, word)) = words.into_iter().find(|(segment, word)| !segment.eq_ignore_ascii_case(word)) {
            return Err(format!("`{word}` does not stand where it should"));
        }
        if !found.eq_ignore_ascii_case(kind) {
            return Err(format!("it names one of the `{found}`"));
        }
        let subscription = subscription.parse().map_err(|fault: IdError| fault.to_string())?;
        if !is_group_name(group) {
            return Err(format!(
                "`{group}` cannot be the name of a resource group, which has 1 to 90 letters, digits, `_`, `-`, `(`, `)` and `.`, the last not `.`"
            ));
        }
        if !is_name(name) {
            return Err(format!("`{name}` cannot be its name, which has {}", name_rules()));
        }
        Ok(ResourceId { text: Text::new(text), subscription, resource_group: Text::new(group), name: Text::new(name) })
    }
}

/// The resource provider of everything here.
const NAMESPACE: &str = "Microsoft.Network";

/// The most characters in the name of a group or a rule.
const NAME_MOST: usize = 80;

/// Azure's rule for names of network resources: word characters, `.` and `-`; a word character first and last.
fn is_name(text: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    text.chars().count() <= NAME_MOST
        && text.chars().next().is_some_and(is_word)
        && text.chars().next_back().is_some_and(is_word)
        && text.chars().all(|character| is_word(character) || matches!(character, '.' | '-'))
}

/// Azure's rule for names of resource groups.
fn is_group_name(text: &str) -> bool {
    let is_allowed = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '(' | ')' | '.');
    (1..=90).contains(&text.chars().count()) && text.chars().all(is_allowed) && !text.ends_with('.')
}

fn name_rules() -> String {
    format!("1 to {NAME_MOST} letters, digits, `_`, `.` and `-`, the first and the last a letter, a digit or `_`")
}

fn example(kind: &str) -> String {
    format!("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/{NAMESPACE}/{kind}/core")
}

impl Text {
    fn new(given: &str) -> Text {
        Text { given: given.to_owned(), folded: given.to_lowercase() }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.given, formatter)
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for NsgId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for AsgId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
