//! Where in a configuration or state something stands.
//!
//! Promises: what is shown reads like the configuration (`placements["agents"].cidr_ipv4`), and what is sent to Terraform ends
//! before the first element of a set, which the protocol cannot name, and, where a source line is wanted, at the first key of a map.
//! Does not know schemas or values.

use std::fmt;

/// One step down from an object, map, list or set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute or block of an object.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple, counted from 0.
    Index(usize),
    /// An element of a set, as text for the reader.
    Element(String),
}

/// A way from the root of an object down to one of its parts. The empty path is the root.
///
/// ```
/// use terraform_provider_emc::plugin::AttributePath;
/// let path = AttributePath::root().attr("placements").key("agents").attr("cidr_ipv4").element("10.0.0.0/33");
/// assert_eq!(path.to_string(), r#"placements["agents"].cidr_ipv4 element "10.0.0.0/33""#);
/// assert_eq!(path.addressable().to_string(), r#"placements["agents"].cidr_ipv4"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// Returns the empty path.
    pub fn root() -> AttributePath {
        AttributePath::default()
    }

    /// Returns the path to attribute or block `name` of the object at this path.
    pub fn attr(&self, name: impl Into<String>) -> AttributePath {
        self.step(Step::Attribute(name.into()))
    }

    /// Returns the path to element `key` of the map at this path.
    pub fn key(&self, key: impl Into<String>) -> AttributePath {
        self.step(Step::Key(key.into()))
    }

    /// Returns the path to element `index`, counted from 0, of the list at this path.
    pub fn index(&self, index: usize) -> AttributePath {
        self.step(Step::Index(index))
    }

    /// Returns the path to the element of the set at this path that reads `text`.
    pub fn element(&self, text: impl Into<String>) -> AttributePath {
        self.step(Step::Element(text.into()))
    }

    /// Returns this path with one more step.
    pub fn step(&self, step: Step) -> AttributePath {
        let mut steps = self.0.clone();
        steps.push(step);
        AttributePath(steps)
    }

    /// Returns the path that leads here from one step further out.
    pub(super) fn under(mut self, step: Step) -> AttributePath {
        self.0.insert(0, step);
        self
    }

    /// Returns the steps, the outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns the part that the protocol can express: up to the first set that an element was taken of.
    pub fn addressable(&self) -> AttributePath {
        AttributePath(self.0.iter().take_while(|step| !matches!(step, Step::Element(_))).cloned().collect())
    }

    /// Returns the part that Terraform finds in a configuration: up to the first key of a map.
    ///
    /// Beneath such a key Terraform does not look, and would show the first line of the whole resource instead.
    ///
    /// ```
    /// use terraform_provider_emc::plugin::AttributePath;
    /// let path = AttributePath::root().attr("placements").key("agents").attr("cidr_ipv4");
    /// assert_eq!(path.findable().to_string(), r#"placements["agents"]"#);
    /// assert_eq!(AttributePath::root().attr("policy").attr("mail").findable().to_string(), "policy.mail");
    /// ```
    pub fn findable(&self) -> AttributePath {
        let mut path = self.addressable();
        if let Some(key) = path.0.iter().position(|step| matches!(step, Step::Key(_))) {
            path.0.truncate(key + 1);
        }
        path
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Element(text) => write!(formatter, " element {text:?}")?,
            }
        }
        Ok(())
    }
}
