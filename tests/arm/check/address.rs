//! Address prefixes and service tags as Azure takes them.
//!
//! It is lax with addresses, as .NET is: `111` is an address (that is recorded). It is strict with everything else.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::group::Rule;
use crate::refusal::{self, Refusal};
use crate::rule::{asgs, list};

/// Service tags, without those of a region, which follow after a dot.
const TAGS: [&str; 66] = [
    "ActionGroup",
    "ApiManagement",
    "AppConfiguration",
    "AppService",
    "AppServiceManagement",
    "AutonomousDevelopmentPlatform",
    "AzureActiveDirectory",
    "AzureActiveDirectoryDomainServices",
    "AzureAdvancedThreatProtection",
    "AzureArcInfrastructure",
    "AzureAttestation",
    "AzureBackup",
    "AzureBotService",
    "AzureCloud",
    "AzureCognitiveSearch",
    "AzureConnectors",
    "AzureContainerRegistry",
    "AzureCosmosDB",
    "AzureDatabricks",
    "AzureDataExplorerManagement",
    "AzureDeviceUpdate",
    "AzureDevOps",
    "AzureDigitalTwins",
    "AzureEventGrid",
    "AzureFrontDoor",
    "AzureHealthcareAPIs",
    "AzureInformationProtection",
    "AzureIoTHub",
    "AzureKeyVault",
    "AzureLoadBalancer",
    "AzureMachineLearning",
    "AzureMachineLearningInference",
    "AzureManagedGrafana",
    "AzureMonitor",
    "AzureOpenDatasets",
    "AzurePlatformDNS",
    "AzurePlatformIMDS",
    "AzurePlatformLKM",
    "AzureResourceManager",
    "AzureSecurityCenter",
    "AzureSentinel",
    "AzureSignalR",
    "AzureSiteRecovery",
    "AzureSphere",
    "AzureSpringCloud",
    "AzureStack",
    "AzureTrafficManager",
    "AzureUpdateDelivery",
    "AzureWebPubSub",
    "BatchNodeManagement",
    "ChaosStudio",
    "CognitiveServicesManagement",
    "DataFactory",
    "DataFactoryManagement",
    "Dynamics365BusinessCentral",
    "EventHub",
    "GatewayManager",
    "GuestAndHybridManagement",
    "HDInsight",
    "Internet",
    "LogicApps",
    "ServiceBus",
    "ServiceFabric",
    "Sql",
    "Storage",
    "VirtualNetwork",
]; // not all there are: those that a practitioner of these rules might write
/// Tags that only deny.
const DENY_ONLY: [&str; 3] = ["AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM"];

/// Refuses addresses of a rule.
pub(crate) fn check(id: &str, rule: &Rule) -> Result<(), Refusal> {
    let mut families = Vec::new();
    for (side, name) in [("source", "Source"), ("destination", "Destination")] {
        let (one, several) = (format!("{side}AddressPrefix"), format!("{side}AddressPrefixes"));
        let (single, many) = (rule.text(&one), list(rule, &several));
        let groups = asgs(rule, &format!("{side}ApplicationSecurityGroups"));
        match (single, many.as_slice(), groups.as_slice()) {
            ("", [], []) => {
                let choices = format!("{name}AddressPrefixes, {name}AddressPrefix, or {name}ApplicationSecurityGroups");
                return Err(refusal::missing(id, &choices));
            }
            ("", [], _) => {}
            ("", many, []) => families.extend(check_list(id, &format!("{name}AddressPrefix"), many)?),
            (single, [], []) => families.extend(check_one(id, rule, single)?),
            (_, _, _) => return Err(refusal::both_forms(id, &format!("{name}AddressPrefix"))),
        }
    }
    if families.contains(&true) && families.contains(&false) { Err(refusal::mixed_families(id)) } else { Ok(()) }
}

fn check_one(id: &str, rule: &Rule, value: &str) -> Result<Option<bool>, Refusal> {
    if value == "*" {
        return Ok(None);
    }
    if let Some(tag) = tag(value) {
        let allows = rule.text("access").eq_ignore_ascii_case("Allow");
        let refused = allows && DENY_ONLY.contains(&tag);
        return if refused { Err(refusal::deny_only(id, tag)) } else { Ok(None) };
    }
    match network(value) {
        Some(network) => Ok(Some(network.addr().is_ipv4())),
        None => Err(refusal::bad_prefix(id, value)),
    }
}

fn check_list(id: &str, parameter: &str, values: &[&str]) -> Result<Vec<bool>, Refusal> {
    let mut networks = Vec::with_capacity(values.len());
    for value in values {
        if *value == "*" || tag(value).is_some() {
            return Err(refusal::tag_in_list(id, parameter, value));
        }
        networks.push((network(value).ok_or_else(|| refusal::bad_prefix(id, value))?, *value));
    }
    let families = networks.iter().map(|(network, _)| network.addr().is_ipv4()).collect();
    // Networks are nested or apart: sorted, one that holds another stands directly before one that it holds.
    networks.sort_by_key(|(network, _)| (network.network(), network.prefix_len()));
    for (first, second) in networks.iter().zip(networks.iter().skip(1)) {
        if first.0.contains(&second.0) {
            return Err(refusal::overlap(id, &format!("{parameter}es"), first.1, second.1));
        }
    }
    Ok(families)
}

/// A service tag as Azure spells it, also with a region.
fn tag(value: &str) -> Option<&'static str> {
    let name = value.split_once('.').map_or(value, |(name, _)| name);
    TAGS.iter().find(|tag| tag.eq_ignore_ascii_case(name)).copied()
}

/// A network without host bits, or an address.
fn network(value: &str) -> Option<IpNet> {
    match value.split_once('/') {
        Some((address, length)) => {
            let network = IpNet::new(address.parse().ok()?, length.parse().ok()?).ok()?;
            (network.addr() == network.network()).then_some(network)
        }
        None => address(value).map(IpNet::from),
    }
}

fn address(value: &str) -> Option<IpAddr> {
    value.parse().ok().or_else(|| lax(value).map(IpAddr::V4))
}

/// An address of less than four numbers: the last one fills what is left.
fn lax(value: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = value.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    let left = 32_u32.checked_sub(8 * u32::try_from(first.len()).ok()?).filter(|left| *left > 0)?;
    if first.iter().any(|number| *number > 255) || u64::from(*last) >= 1_u64 << left {
        return None;
    }
    let high = first.iter().enumerate().map(|(index, number)| number << (24 - 8 * index)).sum::<u32>();
    Some(Ipv4Addr::from(high | last))
}
