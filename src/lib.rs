//! Terraform provider for the firewall rules of Avaya Call Center Elite Multichannel (EMC).
//!
//! A practitioner says where each component lives; this crate derives the rules from the vendor's port matrix, shows them one line
//! each, and keeps the cloud true to them.
//!
//! # Rooms
//!
//! Each module is a room. What a room does not know is as much a promise as what it knows; a test holds both.
//!
//! | room | knows | never knows |
//! |---|---|---|
//! | [`net`] | directions, protocols, ports, address blocks; impossible ones cannot be built | EMC, rules, clouds |
//! | [`matrix`] | one release: components, roles, rows as printed, flows as read, doubts | where anything runs, clouds |
//! | [`suggest`] | which known name an unknown one resembles | what the names mean |
//! | [`topology`] | what the practitioner declared, resolved to names of the matrix | addresses, rules, clouds, Terraform |
//! | [`rule`] | one opening between two placements and its identity | addresses, clouds |
//! | [`note`] | why a flow has no rule | who will read it |
//! | [`expand`] | how flows and placements become rules; pure and total | addresses, clouds, IO, time |
//! | [`diff`] | what another table would change for the same placements and policy | where tables come from, addresses, clouds |
//! | [`line`] | how a rule reads | clouds, Terraform |
//! | [`passage`] | rules as someone between the two ends sees them: who reaches whom, and what is asked about it | addresses, clouds, Terraform |
//! | [`ask`] | questions about a rollout: who reaches whom, by which flows, and if not, why not | addresses, clouds, Terraform |
//! | [`diagram`] | a rollout as a picture: boxes, arrows, and the languages that draw them | addresses, clouds, Terraform |
//! | [`sheet`] | a request to a firewall team: CSV, Markdown, replies | clouds, Terraform |
//! | [`conformity`] | live openings against wanted ones: missing, extra, wider, doubtful | clouds, Terraform, IO |
//! | `reconcile` | what turns observed into desired | what an entry is |
//! | `stop` | that somebody wants an end of it | who, and of what |
//! | `aws` | EC2: identity, limits, errors, client, signing in with its environment variables | the matrix, Terraform |
//! | `azure` | Azure Resource Manager: identity, priorities, limits, errors, client, signing in with its environment variables | the matrix, Terraform |
//! | `plugin` | Terraform's plugin protocol 6, for any provider | EMC, rules, clouds |
//! | `provider` | schemas, wording (also on cloud rules), what is unknown at plan: joins Terraform with the domain | protocol buffers, HTTP |
//!
//! # The way of a rule
//!
//! `provider` reads placements and policy, [`topology::Topology::resolve`] checks every name, [`expand::expand`] makes rules of names only.
//! At plan they are shown as lines; at apply `provider` binds them to addresses and groups, and `aws` makes the groups true to them.
//! Reading goes the other way: what `aws` observes becomes the lines whose cloud rules exist.

pub mod ask;
pub mod conformity;
pub mod diagram;
pub mod diff;
pub mod expand;
pub mod line;
pub mod matrix;
pub mod net;
pub mod note;
pub mod passage;
pub mod reconcile;
pub mod rule;
pub mod sheet;
pub mod suggest;
pub mod topology;

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "azure")]
pub mod azure;
#[cfg(feature = "plugin")]
pub mod plugin;
#[cfg(all(feature = "plugin", feature = "aws", feature = "azure"))]
pub mod provider;
#[cfg(any(feature = "aws", feature = "azure"))]
pub mod stop;
