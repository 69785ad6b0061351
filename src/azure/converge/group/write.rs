//! The two ways to write a group: at once, or rule by rule.

use crate::azure::calls;
use crate::azure::error::AzureError;
use crate::azure::id::NsgId;
use crate::azure::job::WriteMode;
use crate::azure::looks;
use crate::azure::lower;
use crate::azure::owner::{Group, Observed};
use crate::azure::steps::{Op, Steps, order};

use super::Work;

impl Work {
    /// Carries out these steps, and looks at what is live then.
    pub(super) async fn write(&mut self, group: &Group, steps: &Steps) -> Result<(), AzureError> {
        match self.job.write_mode {
            WriteMode::Group => self.write_group(group, steps).await,
            WriteMode::Rule => self.write_rules(group, steps).await,
        }
    }

    async fn write_group(&mut self, group: &Group, steps: &Steps) -> Result<(), AzureError> {
        let Some(whole) = &group.whole else {
            // Whoever may not read the group is told so by Azure's own words.
            return calls::group(&self.endpoint, &self.group, &self.stop).await.map(drop);
        };
        let body = lower::group(whole, steps.flush_connections, steps.merged(group));
        calls::put_group(&self.endpoint, &self.group, &body, &whole.etag, &self.stop).await?;
        // The entity tag of the answer is not the one that the group has once it is settled.
        self.look_after(|id| looks::written(id, &body)).await;
        Ok(())
    }

    async fn write_rules(&mut self, group: &Group, steps: &Steps) -> Result<(), AzureError> {
        for op in order(group, steps, self.job.band) {
            if self.stop.requested() {
                return Err(AzureError::Stopped { groups: [self.group.clone()].into() });
            }
            match op {
                Op::Put(rule) => {
                    let (Ok(name), Some(body)) = (rule.name.parse(), lower::rule(&rule)) else { continue };
                    calls::put_rule(&self.endpoint, &self.group, &name, &body, &self.stop).await?;
                }
                Op::Delete(name) => {
                    let Ok(name) = name.parse() else { continue };
                    calls::delete_rule(&self.endpoint, &self.group, &name, &self.stop).await?;
                }
            }
        }
        self.look_after(|id| looks::written_rules(id, &steps.merged(group))).await;
        Ok(())
    }

    /// Looks at what is live after everything was written; where that cannot be, it is what was written.
    async fn look_after(&mut self, written: impl FnOnce(&NsgId) -> Option<Observed>) {
        match looks::look_closely(&self.endpoint, &self.group, &self.stop).await {
            Ok(live) => self.live = Some(live),
            Err(error) => {
                tracing::warn!("{} was written, but could not be looked at afterwards: {error}", self.group);
                self.live = written(&self.group).or(self.live.take());
            }
        }
    }
}
