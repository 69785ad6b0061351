//! What was judged, and what a look at security groups cannot see.

use std::collections::{BTreeMap, BTreeSet};

use super::super::aws_rules::Asked;
use super::super::review::counted;
use super::openings;
use crate::aws::{Observed, SecurityGroupId};
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::topology::PlacementName;

/// Returns the sentences.
pub(super) fn sentences(matrix: &Matrix, asked: &Asked, region: &str, live: &BTreeMap<SecurityGroupId, Observed>) -> Vec<String> {
    let directions = &asked.topology().policy.directions;
    let judged: BTreeSet<&PlacementName> = live.keys().flat_map(|group| asked.residents(group)).collect();
    let words: Vec<&str> = Direction::ALL.into_iter().filter(|direction| directions.contains(direction)).map(Direction::as_str).collect();
    let mut sentences = vec![format!(
        "Judged: {} of {} in {region}, {}, against EMC {}.",
        counted(live.len(), "security group"),
        names(judged.iter().copied()),
        words.join(" and "),
        matrix.release(),
    )];
    for direction in Direction::ALL.into_iter().filter(|direction| !directions.contains(direction)) {
        let text = format!("Not judged: {direction}; it is not in the policy's `directions`, so nothing is known of what goes that way.");
        sentences.push(text);
    }
    let others: Vec<&PlacementName> = asked.topology().placements.keys().filter(|name| !judged.contains(name)).collect();
    if !others.is_empty() {
        sentences.push(format!(
            "Not judged: {}; they count as far ends only, and what stands in front of them may let through less or more.",
            names(others.into_iter())
        ));
    }
    for (group, placements) in openings::groups(asked) {
        let (here, beside): (Vec<_>, Vec<_>) = placements.iter().partition(|name| judged.contains(name));
        if !here.is_empty() && !beside.is_empty() {
            sentences.push(format!(
                "Not judged: what {group} lets through for {}; it is extra here, for the group is judged as that of {} only.",
                names(beside.into_iter()),
                names(here.into_iter())
            ));
        }
    }
    sentences.extend(
        [
            "Not seen: other security groups on the same network interfaces; what they open is open, too.",
            "Not seen: network ACLs, routes, firewalls in between and on the hosts; what is open here may be closed there.",
            "Not seen: who listens, and whether these hosts carry these groups at all.",
            "Not known: whether members of a group or entries of a prefix list have certain addresses; such far ends are the same by their id only, except that 0.0.0.0/0 covers them all.",
            "What no row of the table lists (directory, name service, time, certificates, management of Windows and the like) is extra here unless the policy has it as an `extra` flow.",
        ]
        .map(str::to_owned),
    );
    sentences
}

fn names<'a>(names: impl Iterator<Item = &'a PlacementName>) -> String {
    names.map(PlacementName::as_str).collect::<Vec<_>>().join(", ")
}
