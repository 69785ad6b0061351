//! Temporary.
use std::collections::{BTreeMap, BTreeSet};
use super::*;
use crate::stop::Stop;
/// x
#[derive(Debug, Clone)]
pub struct Arm;
impl Arm {
    /// x
    pub async fn observe(&self, _: &BTreeSet<NsgId>) -> Result<BTreeMap<NsgId, Observed>, AzureError> { Ok(BTreeMap::new()) }
    /// x
    pub async fn converge(&self, _: &Job, _: &Stop) -> Report { Report { live: BTreeMap::new(), unsure: BTreeSet::new(), failures: vec![], done: Done::default() } }
    /// x
    pub async fn release(&self, _: &Mark, _: &BTreeSet<NsgId>, _: WriteMode, _: &Stop) -> Report { Report { live: BTreeMap::new(), unsure: BTreeSet::new(), failures: vec![], done: Done::default() } }
}
/// x
pub mod audit {
    /// x
    pub const RULES_MOST: usize = 1000;
    /// x
    pub const ADDRESSES_MOST: usize = 4000;
}
