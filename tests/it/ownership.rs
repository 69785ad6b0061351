//! Whose rule it is, under stress: hand-made rules, siblings, lost rules, groups that come and go, two states on one group.
//!
//! The EC2 endpoint refuses to delete a group that a rule still names, as AWS does.

mod adopting;
mod foreign;
mod groups;
mod imports;
mod life;
mod lost;
mod siblings;
mod states;
