//! What Azure keeps with each rule for people who look at the group itself.

use super::super::review;
use super::needs::{Line, Part};
use super::rollout::Rollout;
use crate::matrix::Matrix;

impl Rollout {
    /// Returns the text of a cloud rule; the `azure` room cuts it where it is too long, and adds the mark.
    pub(super) fn describe(&self, matrix: &Matrix, line: &Line<'_>) -> String {
        match line {
            Line::Rule(rule) => review::description(rule, matrix, &self.topology.policy),
            Line::Unlisted { part: Part::Probes, .. } => "probes of load balancers, which deny_unlisted spares".to_owned(),
            Line::Unlisted { part: Part::Within, placement, .. } => format!("within {placement}, which deny_unlisted spares"),
            Line::Unlisted { part: Part::Deny, placement, .. } => format!("deny_unlisted: nothing else at {placement}"),
        }
    }
}
