//! Making a matrix from its file, and asking it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::{LazyLock, OnceLock};

use sha2::{Digest, Sha256};

use super::check::check;
use super::cursor::Cursor;
use super::fault::MatrixError;
use super::read::read;
use super::tree::Node;
use super::{Component, ComponentId, Document, Doubt, DoubtId, Flow, FlowId, Implied, Matrix, Party, Role, RoleId, Row};

const EMBEDDED: &str = include_str!("emc_6_6.json");
const SCHEMA: &str = include_str!("schema.json");

impl Matrix {
    /// Returns the table that is built into the provider; it is read at the first call.
    pub fn embedded() -> &'static Matrix {
        static MATRIX: LazyLock<Matrix> = LazyLock::new(|| {
            let matrix = from_text(Cow::Borrowed(EMBEDDED), true);
            #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
            matrix.expect("the embedded port matrix is well-formed")
        });
        &MATRIX
    }

    /// Returns the file that is built into the provider, a starting point for an own one.
    pub fn embedded_json() -> &'static str {
        EMBEDDED
    }

    /// Returns the JSON Schema of the file.
    pub fn schema_json() -> &'static str {
        SCHEMA
    }

    /// Reads a matrix from the text of a file; a byte order mark at its beginning is skipped.
    ///
    /// # Errors
    /// When the text is no JSON, has another shape than the schema says, names what it does not define, or contradicts itself.
    /// The error lists every fault with line, column and path; contradictions are looked for once everything else is right.
    pub fn parse(text: &str) -> Result<Matrix, MatrixError> {
        from_text(Cow::Owned(text.to_owned()), false)
    }

    /// Returns the release of EMC that this is the table of, such as `6.6`.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Returns what the vendor's document says of itself.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns all components by name.
    pub fn components(&self) -> &BTreeMap<ComponentId, Component> {
        &self.components
    }

    /// Returns all roles by name.
    pub fn roles(&self) -> &BTreeMap<RoleId, Role> {
        &self.roles
    }

    /// Returns the printed rows in print order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns all flows by name.
    pub fn flows(&self) -> &BTreeMap<FlowId, Flow> {
        &self.flows
    }

    /// Returns all doubts by number.
    pub fn doubts(&self) -> &BTreeMap<DoubtId, Doubt> {
        &self.doubts
    }

    /// Returns the notes on traffic without a row, by number.
    pub fn implied(&self) -> &BTreeMap<String, Implied> {
        &self.implied
    }

    /// Returns the text that this was read from.
    pub fn json(&self) -> &str {
        &self.text
    }

    /// Returns the SHA-256 of that text in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| {
            let digest = Sha256::digest(self.text.as_bytes());
            digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}"); // writing to a text cannot fail
                hex
            })
        })
    }

    /// Tells whether this is the table that is built into the provider.
    pub fn is_embedded(&self) -> bool {
        self.embedded
    }

    /// Returns the component with this name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.get(name)
    }

    /// Returns the role with this name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// Returns the flow with this name.
    pub fn flow(&self, name: &str) -> Option<&Flow> {
        self.flows.get(name)
    }

    /// Returns the doubt with this number.
    pub fn doubt(&self, number: &str) -> Option<&Doubt> {
        self.doubts.get(number)
    }

    /// Returns the row with this number, from 1.
    pub fn row(&self, number: u16) -> Option<&Row> {
        self.rows.get(usize::from(number).checked_sub(1)?)
    }

    /// Returns what `name` stands for, a component or a role.
    pub fn party(&self, name: &str) -> Option<Party> {
        let component = self.components.get(name).map(|component| Party::Component(component.id.clone()));
        component.or_else(|| self.roles.get(name).map(|role| Party::Role(role.id.clone())))
    }

    /// Returns the components that `party` stands for, in the order of their names: itself, or the members of the role.
    ///
    /// A role that this matrix does not have stands for nobody.
    pub fn members<'a>(&'a self, party: &'a Party) -> impl Iterator<Item = &'a ComponentId> {
        let (one, many): (Option<&ComponentId>, Option<&BTreeSet<ComponentId>>) = match party {
            Party::Component(component) => (Some(component), None),
            Party::Role(role) => (None, self.roles.get(role).map(|role| &role.members)),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

fn from_text(text: Cow<'static, str>, embedded: bool) -> Result<Matrix, MatrixError> {
    let json = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let root = Node::parse(json)?;
    let mut cursor = Cursor::default();
    let draft = read(&root, &mut cursor);
    if let Some(draft) = &draft {
        check(draft, &root, &mut cursor);
    }
    let error = MatrixError::place(cursor.found, json, &root);
    match (draft, error) {
        (Some(draft), None) => Ok(Matrix {
            release: draft.release,
            document: draft.document,
            components: draft.components,
            roles: draft.roles,
            rows: draft.rows,
            flows: draft.flows,
            doubts: draft.doubts,
            implied: draft.implied,
            text,
            sha256: OnceLock::new(),
            embedded,
        }),
        (_, Some(error)) => Err(error),
        (None, None) => Err(MatrixError::unreadable()),
    }
}

impl Party {
    /// Returns the name of the component or role.
    pub fn as_str(&self) -> &str {
        match self {
            Party::Component(component) => component.as_str(),
            Party::Role(role) => role.as_str(),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
