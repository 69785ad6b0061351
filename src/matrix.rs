//! One EMC release: its components, roles, printed rows, and the flows between components as we read them.
//!
//! A [`Row`] is a line of the vendor's table as printed, never edited. A [`Flow`] is our reading of a row (or of an implied
//! connection), with what the print leaves open as [`Doubt`]s. Both come from one data file, `matrix/emc_6_6.json`, or from a
//! practitioner's own file of the same schema ([`Matrix::parse`]); no port stands in code.
//! The file names each thing once: a flow names its doubts, and which flows a doubt touches is collected from there.
//! This room knows nothing of placements, rules, clouds or Terraform.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

use crate::net::{PortRange, Protocol};

mod check;
mod cursor;
mod fault;
mod lookup;
mod read;
#[cfg(test)]
mod tests;
mod tree;
mod words;

pub use fault::{Fault, MatrixError};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Wraps a name; whether it exists is for the matrix to say.
            pub fn new(name: &str) -> Self {
                Self(Arc::from(name))
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:?}", &self.0)
            }
        }
    };
}

name!(
    /// The name of a component, such as `media_director`.
    ComponentId
);
name!(
    /// The name of a role, such as `applications`.
    RoleId
);
name!(
    /// The stable name of a flow: `<listener>.<printed port>`, such as `license_director.29073`.
    FlowId
);
name!(
    /// The number of a doubt, such as `A12`.
    DoubtId
);

/// Components and flows of one release. Ordered throughout: the same file gives the same order everywhere.
///
/// ```
/// use terraform_provider_emc::matrix::Matrix;
/// let matrix = Matrix::embedded();
/// let flow = matrix.flow("license_director.29073").unwrap();
/// assert!(flow.management);
/// assert_eq!(matrix.rows().len(), 53);
/// ```
#[derive(Debug, Clone)]
pub struct Matrix {
    release: String,
    document: Document,
    components: BTreeMap<ComponentId, Component>,
    roles: BTreeMap<RoleId, Role>,
    rows: Vec<Row>,
    flows: BTreeMap<FlowId, Flow>,
    doubts: BTreeMap<DoubtId, Doubt>,
    implied: BTreeMap<String, Implied>,
    text: Cow<'static, str>,
    sha256: OnceLock<String>,
    embedded: bool,
}

/// What the vendor's document says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// The product and release it is about.
    pub product: String,
    /// The number of its issue.
    pub issue: String,
    /// The status it gives itself.
    pub status: String,
    /// The date on its cover, `2019-06-18`.
    pub date: String,
    /// Our own words on standing and coverage: not endorsed, as is, what no row covers.
    pub notice: String,
}

/// What kind of thing a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComponentKind {
    /// A part of EMC with network traffic of its own.
    Emc,
    /// A part of EMC that runs inside another one and has no network of its own.
    Inside,
    /// A database: where it is placed, the component that hosts it is.
    Database,
    /// A system that EMC talks to.
    External,
}

/// A kind of EMC process, or an external system it talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name in configurations.
    pub id: ComponentId,
    /// The short product name.
    pub title: String,
    /// What kind of thing it is.
    pub kind: ComponentKind,
    /// The component that is placed where this one is (databases: `sql_server`).
    pub hosted_by: Option<ComponentId>,
    /// What it does, in our own words.
    pub description: String,
}

/// A group of components that the print speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name in configurations; no component has the same.
    pub id: RoleId,
    /// The label as printed.
    pub title: String,
    /// Its components, at least one.
    pub members: BTreeSet<ComponentId>,
    /// Who they are and why, in our own words.
    pub description: String,
}

/// One line of the table as printed, merged cells resolved, `""` where the print is blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// 1 to 53, in print order.
    pub number: u16,
    /// Which of the five printed pieces of the table it stands in, from 1.
    pub part: u16,
    /// Source, system.
    pub source: String,
    /// Source, port.
    pub source_port: String,
    /// Destination, system.
    pub destination: String,
    /// Destination, port; two rows print two ports.
    pub port: String,
    /// Network and application protocol.
    pub protocol: String,
    /// Optionally enabled or disabled: `Yes`, `No`, and `""` once.
    pub optional: String,
    /// Default port state.
    pub state: String,
}

/// A component, or a role that stands for several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// One component.
    Component(ComponentId),
    /// All members of a role, except the component at the other end.
    Role(RoleId),
}

/// Whether a flow is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// Never encrypted.
    Plain,
    /// Always encrypted.
    Secure,
    /// One port for both; the configuration of the listener decides.
    Either,
}

/// Whether the listener has the port open as shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultState {
    /// Open unless a site excludes it.
    Open,
    /// Closed until a site includes it.
    Closed,
}

/// Where a flow comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A row of the table prints it.
    Printed,
    /// The document's text says it; no row does.
    Implied,
}

/// How a multicast flow travels. Printed ends stay in the flow's listener and initiators; these follow the description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multicast {
    /// The printed group address; none for one flow.
    pub group: Option<Ipv4Addr>,
    /// Who sends to the group.
    pub senders: BTreeSet<Party>,
    /// Who joins the group.
    pub receivers: BTreeSet<Party>,
    /// What does not work without it, one sentence without a final period.
    pub consequence: String,
}

/// The secure flow for one that is not, or back. An `either` flow can be encrypted without its twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// The other flow; it has the same listener and names this one as its twin.
    pub flow: FlowId,
    /// The doubt that keeps the secure one from replacing the plain one.
    pub doubt: Option<DoubtId>,
}

/// The mail service a flow is one of; a site chooses which ones it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailService {
    /// Retrieval over POP3, plain.
    Pop3,
    /// Retrieval over POP3, encrypted.
    Pop3s,
    /// Retrieval over IMAP, plain.
    Imap,
    /// Retrieval over IMAP, encrypted.
    Imaps,
    /// Sending over SMTP, with or without STARTTLS.
    Smtp,
    /// Sending over SMTP, encrypted from the start.
    Smtps,
}

/// Our reading of a row, or of an implied connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Its stable name; it begins with the listener.
    pub id: FlowId,
    /// The printed row; none for implied flows.
    pub row: Option<u16>,
    /// The printed piece of the table; none for implied flows.
    pub part: Option<u16>,
    /// Who accepts the connection, as printed.
    pub listener: ComponentId,
    /// Who opens it, as printed; empty only where [`held`](Flow::held) says why.
    pub initiators: BTreeSet<Party>,
    /// How it travels, for multicast flows.
    pub multicast: Option<Multicast>,
    /// None where the document gives no number.
    pub port: Option<PortRange>,
    /// Layer 4.
    pub protocol: Protocol,
    /// Whether it is encrypted.
    pub transport: Transport,
    /// The protocol above layer 4, in our own words (`.NET Remoting`, `IMAP`); empty where the print names none.
    pub application: String,
    /// Whether the row is marked as a management connection.
    pub management: bool,
    /// Whether the listener can be switched off; none where the print is blank.
    pub optional: Option<bool>,
    /// Open or closed as shipped; implied flows are closed.
    pub default_state: DefaultState,
    /// The same service on another port with another transport.
    pub twins: Vec<Twin>,
    /// Why no believable initiator is printed, and what to do, as a fragment; such a flow gives no rule until a site names one.
    pub held: Option<String>,
    /// Why both ends are on one host; such a flow needs no rule.
    pub same_host: Option<String>,
    /// Printed or implied.
    pub origin: Origin,
    /// What the document says about changing the port; empty where it is silent.
    pub configurable: String,
    /// The mail service it is one of, for flows to the mail server.
    pub mail: Option<MailService>,
    /// For plain flows: what stops when it is closed (`telephony`), a noun phrase; empty where nothing is to be said.
    pub without: String,
    /// What the print leaves open about it.
    pub doubts: BTreeSet<DoubtId>,
    /// What it is for, in our own words.
    pub description: String,
}

/// How much an open question matters to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Changes what must be open on this site.
    Decide,
    /// Verify once.
    Check,
    /// Good to know.
    Know,
}

/// A setting of the policy that decides a doubt about a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settlement {
    /// The site names who opens the flow.
    Initiators,
    /// The site names who uses management flows.
    ManagementFrom,
    /// The site gives the flow's port.
    Ports,
    /// The site chooses its mail services.
    Mail,
    /// The site narrows the role that the print names.
    Roles,
    /// The policy does not close plain flows in favor of secure ones.
    Transport,
}

/// A named question that the print leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its number.
    pub id: DoubtId,
    /// How much it matters.
    pub weight: Weight,
    /// Whether it is about the table as a whole; only then may it name no flow.
    pub global: bool,
    /// One line that stands alone in a plan: what is open and what to do.
    pub question: String,
    /// What is printed, why it is doubtful.
    pub problem: String,
    /// What is done until a site answers.
    pub reading: String,
    /// What to look at on site.
    pub check: String,
    /// Settings of the policy that decide it, so that nobody has to answer it a second time.
    pub settled_by: BTreeSet<Settlement>,
    /// Components that may be what listens: where one is placed, the question is asked although the listener of its flows is not.
    pub asked_where: BTreeSet<ComponentId>,
    /// The flows that name it.
    pub flows: BTreeSet<FlowId>,
}

/// Traffic that the text implies and no row lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Implied {
    /// Its number, such as `I9`.
    pub id: String,
    /// What the document says without a row, in our own words.
    pub text: String,
    /// The flows that stand for it, where there is one.
    pub flows: BTreeSet<FlowId>,
}
