//! What a configuration may hold: attributes, nested attributes, single and list blocks, with their descriptions and rules.
//!
//! Promises: a schema that [`lint`](Schema::lint) finds nothing in is accepted by Terraform. Set, map and group blocks, write-only
//! and deprecated attributes cannot be expressed. Does not know the wire.

mod lint;
#[cfg(test)]
mod tests;

use std::fmt;

use super::ty::Type;
use super::validator::Validator;
use super::value::Value;

/// The shape of a provider configuration, a resource or a data source.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Grows when states of the previous version need an upgrade.
    pub version: i64,
    /// Everything in it.
    pub block: Block,
}

impl Schema {
    /// Returns version 0 of a schema.
    pub fn new(block: Block) -> Schema {
        Schema { version: 0, block }
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: i64) -> Schema {
        self.version = version;
        self
    }

    /// Returns the type of a whole object of this schema.
    pub fn object_type(&self) -> Type {
        self.block.object_type()
    }
}

/// Attributes and blocks that stand together.
#[derive(Debug, Clone, Default)]
pub struct Block {
    pub(super) attributes: Vec<Attribute>,
    pub(super) blocks: Vec<NestedBlock>,
    pub(super) description: String,
}

impl Block {
    /// Returns a block with these attributes.
    pub fn new(attributes: impl IntoIterator<Item = Attribute>) -> Block {
        Block {
            attributes: attributes.into_iter().collect(),
            ..Block::default()
        }
    }

    /// Adds blocks inside this one.
    #[must_use]
    pub fn blocks(mut self, blocks: impl IntoIterator<Item = NestedBlock>) -> Block {
        self.blocks.extend(blocks);
        self
    }

    /// Sets the description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Block {
        self.description = markdown.into();
        self
    }

    /// Returns the attributes in the order in which they were given; a generator of documentation reads them.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Returns the blocks inside this one in the order in which they were given.
    pub fn nested_blocks(&self) -> &[NestedBlock] {
        &self.blocks
    }

    /// Returns the description, in Markdown.
    pub fn markdown(&self) -> &str {
        &self.description
    }

    /// Returns the type of an object of this shape.
    pub fn object_type(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|attribute| (attribute.name.clone(), attribute.shape.value_type()));
        let blocks = self.blocks.iter().map(|nested| {
            let object = nested.block.object_type();
            let ty = match nested.mode {
                BlockMode::Single => object,
                BlockMode::List => Type::list(object),
            };
            (nested.name.clone(), ty)
        });
        Type::object(attributes.chain(blocks))
    }

    /// Returns an object of this shape in which nothing is set: attributes and single blocks are null, list blocks empty.
    /// Import starts from it.
    pub fn blank(&self) -> Value {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|nested| {
            let empty = match nested.mode {
                BlockMode::Single => Value::Null,
                BlockMode::List => Value::List(Vec::new()),
            };
            (nested.name.clone(), empty)
        });
        Value::object(attributes.chain(blocks))
    }
}

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
    pub(super) fn is_computed(self) -> bool {
        matches!(self, Origin::Computed | Origin::OptionalComputed)
    }

    pub(super) fn is_optional(self) -> bool {
        matches!(self, Origin::Optional | Origin::OptionalComputed)
    }
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) origin: Origin,
    pub(super) description: String,
    pub(super) sensitive: bool,
    pub(super) default: Option<Value>,
    pub(super) requires_replace: bool,
    pub(super) validators: Vec<Validator>,
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
        Attribute {
            name,
            shape,
            origin,
            description,
            sensitive: false,
            default: None,
            requires_replace: false,
            validators: Vec::new(),
        }
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
    pub(super) mode: NestedMode,
    pub(super) attributes: Vec<Attribute>,
}

impl Nested {
    /// Returns one object with these attributes.
    pub fn single(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested {
            mode: NestedMode::Single,
            attributes: attributes.into_iter().collect(),
        }
    }

    /// Returns a list of objects with these attributes.
    pub fn list(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested {
            mode: NestedMode::List,
            ..Nested::single(attributes)
        }
    }

    /// Returns a set of objects with these attributes.
    pub fn set(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested {
            mode: NestedMode::Set,
            ..Nested::single(attributes)
        }
    }

    /// Returns a map of objects with these attributes.
    pub fn map(attributes: impl IntoIterator<Item = Attribute>) -> Nested {
        Nested {
            mode: NestedMode::Map,
            ..Nested::single(attributes)
        }
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
        Type::Object(
            self.attributes
                .iter()
                .map(|attribute| (attribute.name.clone(), attribute.shape.value_type()))
                .collect(),
        )
    }
}

/// How often a block may stand in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockMode {
    /// At most once; absent it is null.
    Single,
    /// Any number of times, in order; absent it is an empty list.
    List,
}

/// A block inside a block.
#[derive(Debug, Clone)]
pub struct NestedBlock {
    pub(super) name: String,
    pub(super) mode: BlockMode,
    pub(super) block: Block,
    pub(super) min: u32,
    pub(super) max: u32,
}

impl NestedBlock {
    /// Returns a block that stands at most once.
    pub fn single(name: impl Into<String>, block: Block) -> NestedBlock {
        NestedBlock {
            name: name.into(),
            mode: BlockMode::Single,
            block,
            min: 0,
            max: 0,
        }
    }

    /// Returns a block that stands any number of times.
    pub fn list(name: impl Into<String>, block: Block) -> NestedBlock {
        NestedBlock {
            mode: BlockMode::List,
            ..NestedBlock::single(name, block)
        }
    }

    /// Demands a single block once, a list block at least once.
    #[must_use]
    pub fn required(mut self) -> NestedBlock {
        self.min = 1;
        if self.mode == BlockMode::Single {
            self.max = 1;
        }
        self
    }

    /// Allows a list block at most `max` times; 0 is any number of times.
    #[must_use]
    pub fn at_most(mut self, max: u32) -> NestedBlock {
        self.max = max;
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how often it may stand.
    pub fn mode(&self) -> BlockMode {
        self.mode
    }

    /// Returns what stands in it.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// Says whether it must stand at least once.
    pub fn is_required(&self) -> bool {
        self.min > 0
    }
}

/// One mistake in a schema, found by [`Schema::lint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where: names joined by dots, empty for the whole schema.
    pub place: String,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.place, self.text)
    }
}
