//! Live openings against wanted ones: is everything open that should be, nothing else, and what rests on an open question.
//!
//! [`compare`] is plain arithmetic on sets of openings. [`judge`] says what it means for a rollout, in the words of the lines that people
//! see. It knows nothing of any cloud: what is live is told to it, with the cloud's own names for rules and groups, and it asks nobody.
//!
//! What cannot be known is said and not guessed: whether the members of a group have certain addresses, who listens, what else stands
//! between two hosts.

mod compare;
mod index;
mod judge;
mod opening;
mod report;
mod stand_in;
#[cfg(test)]
mod tests;
mod words;

pub use compare::{Comparison, End, Excess, Gap, Met, Use, compare};
pub use judge::{Firewall, Live, Named, Site, Wanted, judge};
pub use opening::{Opening, Peer, Traffic};
pub use report::{Conforms, Lines, Report};
