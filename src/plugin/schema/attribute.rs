//! Attributes: plain ones and those with attributes of their own.

use crate::plugin::ty::Type;
use crate::plugin::validator::Validator;
use crate::plugin::value::Value;

/// Who gives an attribute its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The practitioner must.
    Required,
    /// The practitioner may.
    Optional,
    /// The provider does.
    Computed,
    /// The provider does where the practitioner does not.
    OptionalComputed,
}

impl Origin {
    pub(in crate::plugin) fn is_computed(self) -> bool {
        matches!(self, Origin::Computed | Origin::OptionalComputed)
    }

    pub(in crate::plugin) fn is_optional(self) -> bool {
        matches!(self, Origin::Optional | Origin::OptionalComputed)
    }
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub(in crate::plugin) name: String,
    pub(in crate::plugin) shape: Shape,
    pub(in crate::plugin) origin: Origin,
    pub(in crate::plugin) description: String,
    pub(in crate::plugin) sensitive: bool,
    pub(in crate::plugin) default: Option<Value>,
    pub(in crate::plugin) requires_replace: bool,
    pub(in crate::plugin) validators: Vec<Validator>,
}

impl Attribute {
    /// Returns an attribute that must be set.
    pub fn required(name: impl Into<String>, shape: impl Into<Shape>) -> Attribute {
        Attribute::new(name.into(), shape.into(), Origin::Required)
    }

    /// Returns an attribute that may be set.
    pub fn optional(name: impl Into<String>, shape: impl Into<Shape>) -> Attribute {
        Attribute::new(name.into(), shape.into(), Origin::Optional)
    }

    /// Returns an attribute that only the provider sets.
    pub fn computed(name: impl Into<String>, shape: impl Into<Shape>) -> Attribute {
        Attribute::new(name.into(), shape.into(), Origin::Computed)
    }

    /// Returns an attribute that the provider sets where the practitioner does not.
    pub fn optional_computed(name: impl Into<String>, shape: impl Into<Shape>) -> Attribute {
        Attribute::new(name.into(), shape.into(), Origin::OptionalComputed)
    }

    fn new(name: String, shape: Shape, origin: Origin) -> Attribute {
        let description = String::new();
        Attribute { name, shape, origin, description, sensitive: false, default: None, requires_replace: false, validators: Vec::new() }
    }

    /// Sets the description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Attribute {
        self.description = markdown.into();
        self
    }

    /// Has Terraform hide the value from what it prints.
    #[must_use]
    pub fn sensitive(mut self) -> Attribute {
        self.sensitive = true;
        self
    }

    /// Sets the value that is planned where the configuration has null. The attribute must be optional; it becomes computed as well,
    /// for otherwise Terraform would refuse a value that the configuration does not have.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Attribute {
        self.default = Some(value.into());
        if self.origin == Origin::Optional {
            self.origin = Origin::OptionalComputed;
        }
        self
    }

    /// Has a changed value replace the resource instead of updating it.
    #[must_use]
    pub fn requires_replace(mut self) -> Attribute {
        self.requires_replace = true;
        self
    }

    /// Adds a check. It sees only values that are neither null nor unknown; parts of them may be.
    #[must_use]
    pub fn validate(mut self, validator: impl Into<Validator>) -> Attribute {
        self.validators.push(validator.into());
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type or the nested attributes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Returns who sets it.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Returns the description, in Markdown.
    pub fn markdown(&self) -> &str {
        &self.description
    }

    /// Says whether Terraform hides the value.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Returns the value that is planned where the configuration has null.
    pub fn default_value(&self) -> Option<&Value> {
        self.default.as_ref()
    }
}

/// What the value of an attribute is made of.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A plain type.
    Type(Type),
    /// Objects with attributes of their own.
    Nested(Nested),
}

impl Shape {
    /// Returns the type of the value.
    pub fn value_type(&self) -> Type {
        match self {
            Shape::Type(ty) => ty.clone(),
            Shape::Nested(nested) => {
                let object = nested.object_type();
                match nested.mode {
                    NestedMode::Single => object,
                    NestedMode::List => Type::list(object),
                    NestedMode::Set => Type::set(object),
                    NestedMode::Map => Type::map(object),
                }
            }
        }
    }
}

impl From<Type> for Shape {
    fn from(ty: Type) -> Shape {
        Shape::Type(ty)
    }
}

impl From<Nested> for Shape {
    fn from(nested: Nested) -> Shape {
        Shape::Nested(nested)
    }
}

/// How many objects a nested attribute has, and how they are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedMode {
    /// One.
    Single,
    /// Many, in order.
    List,
    /// Many, without order. Computed attributes and defaults are not possible inside.
    Set,
    /// Many, by name.
    Map,
}

/// The objects of a nested attribute.
#[derive(Debug, Clone)]
pub struct Nested {
    pub(in crate::plugin) mode: NestedMode,
    pub(in crate::plugin) attributes: Vec<Attribute>,
}

impl Nested {
    /// Returns one object with these attributes.
    pub fn single(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested { mode: NestedMode::Single, attributes: attributes.into_iter().collect() }
    }

    /// Returns a list of objects with these attributes.
    pub fn list(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested { mode: NestedMode::List, ..Nested::single(attributes) }
    }

    /// Returns a set of objects with these attributes.
    pub fn set(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested { mode: NestedMode::Set, ..Nested::single(attributes) }
    }

    /// Returns a map of objects with these attributes.
    pub fn map(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested { mode: NestedMode::Map, ..Nested::single(attributes) }
    }

    /// Returns how the objects are told apart.
    pub fn mode(&self) -> NestedMode {
        self.mode
    }

    /// Returns the attributes of each object.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Returns the type of one object.
    pub fn object_type(&self) -> Type {
        Type::Object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.shape.value_type())).collect())
    }
}
