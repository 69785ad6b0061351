//! One EMC release: its components, roles, printed rows, and the flows between components as we read them.
//!
//! A [`Row`] is a line of the vendor's table as printed, never edited. A [`Flow`] is our reading of a row (or of an implied
//! connection), with what the print leaves open as [`Doubt`]s. Both come from one data file, `matrix/emc_6_6.json`, or from a
//! practitioner's own file of the same schema; no port stands in code.
//! This room knows nothing of placements, rules, clouds or Terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::net::{PortRange, Protocol};

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
#[derive(Debug, Clone)]
pub struct Matrix {
    pub(crate) release: String,
    pub(crate) document: Document,
    pub(crate) components: BTreeMap<ComponentId, Component>,
    pub(crate) roles: BTreeMap<RoleId, Role>,
    pub(crate) rows: Vec<Row>,
    pub(crate) flows: BTreeMap<FlowId, Flow>,
    pub(crate) doubts: BTreeMap<DoubtId, Doubt>,
    pub(crate) implied: BTreeMap<String, Implied>,
    pub(crate) sha256: String,
    pub(crate) embedded: bool,
}

/// What the vendor's document says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub title: String,
    pub product: String,
    pub issue: String,
    pub status: String,
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
    pub id: ComponentId,
    pub title: String,
    pub kind: ComponentKind,
    /// The component that is placed where this one is (databases: `sql_server`).
    pub hosted_by: Option<ComponentId>,
    pub description: String,
}

/// A group of components that the print speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub title: String,
    pub members: BTreeSet<ComponentId>,
    pub description: String,
}

/// One line of the table as printed, merged cells resolved, `""` where the print is blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// 1 to 53, in print order.
    pub number: u16,
    /// Which of the five printed pieces of the table it stands in, from 1.
    pub part: u16,
    pub source: String,
    pub source_port: String,
    pub destination: String,
    pub port: String,
    pub protocol: String,
    pub optional: String,
    pub state: String,
}

/// A component, or a role that stands for several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    Component(ComponentId),
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
    Open,
    Closed,
}

/// Where a flow comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A row of the table.
    Printed,
    /// The document's text says it; no row does.
    Implied,
}

/// How a multicast flow travels. Printed ends stay in the flow's listener and initiators; these follow the description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multicast {
    /// The printed group address; none for one flow.
    pub group: Option<Ipv4Addr>,
    pub senders: BTreeSet<Party>,
    pub receivers: BTreeSet<Party>,
    /// What does not work without it, one sentence without a final period.
    pub consequence: String,
}

/// The secure flow for a plain one, or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    pub flow: FlowId,
    /// The doubt that keeps the secure one from replacing the plain one while it is unanswered.
    pub doubt: Option<DoubtId>,
}

/// The mail service a flow is one of; a site chooses which ones it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailService {
    Pop3,
    Pop3s,
    Imap,
    Imaps,
    Smtp,
    Smtps,
}

/// Our reading of a row, or of an implied connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    pub id: FlowId,
    /// The printed row; none for implied flows.
    pub row: Option<u16>,
    /// The printed piece of the table; none for implied flows.
    pub part: Option<u16>,
    pub listener: ComponentId,
    pub initiators: BTreeSet<Party>,
    pub multicast: Option<Multicast>,
    /// None where the document gives no number.
    pub port: Option<PortRange>,
    pub protocol: Protocol,
    pub transport: Transport,
    /// The protocol above layer 4, in our own words (`.NET Remoting`, `IMAP`).
    pub application: String,
    /// Whether the row is marked as a management connection.
    pub management: bool,
    /// Whether the listener can be switched off; none where the print is blank.
    pub optional: Option<bool>,
    pub default_state: DefaultState,
    pub twins: Vec<Twin>,
    /// Why no believable initiator is printed; such a flow gives no rule until a site names one.
    pub held: Option<String>,
    /// Why both ends are on one host; such a flow needs no rule.
    pub same_host: Option<String>,
    pub origin: Origin,
    /// What the document says about changing the port; empty where it is silent.
    pub configurable: String,
    pub mail: Option<MailService>,
    /// For plain flows: what stops when it is closed (`telephony`), a noun phrase; empty where nothing is to be said.
    pub without: String,
    pub doubts: BTreeSet<DoubtId>,
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

/// A named question that the print leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub id: DoubtId,
    pub weight: Weight,
    /// One line that stands alone in a plan: what is open and what to do.
    pub question: String,
    /// What is printed, why it is doubtful.
    pub problem: String,
    /// What is done until a site answers.
    pub reading: String,
    /// What to look at on site.
    pub check: String,
    pub flows: BTreeSet<FlowId>,
}

/// Traffic that the text implies and no row lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Implied {
    pub id: String,
    pub text: String,
    /// The flows that stand for it, where there is one.
    pub flows: BTreeSet<FlowId>,
}
