//! Blocks: attributes and further blocks that stand together.

use super::attribute::Attribute;
use crate::plugin::ty::Type;
use crate::plugin::value::Value;

/// Attributes and blocks that stand together.
#[derive(Debug, Clone, Default)]
pub struct Block {
    pub(in crate::plugin) attributes: Vec<Attribute>,
    pub(in crate::plugin) blocks: Vec<NestedBlock>,
    pub(in crate::plugin) description: String,
}

impl Block {
    /// Returns a block with these attributes.
    pub fn new(attributes: impl IntoIterator<Item = Attribute>) -> Block {
        Block { attributes: attributes.into_iter().collect(), ..Block::default() }
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
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.shape.value_type()));
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
    pub(in crate::plugin) name: String,
    pub(in crate::plugin) mode: BlockMode,
    pub(in crate::plugin) block: Block,
    pub(in crate::plugin) min: u32,
    pub(in crate::plugin) max: u32,
}

impl NestedBlock {
    /// Returns a block that stands at most once.
    pub fn single(name: impl Into<String>, block: Block) -> NestedBlock {
        NestedBlock { name: name.into(), mode: BlockMode::Single, block, min: 0, max: 0 }
    }

    /// Returns a block that stands any number of times.
    pub fn list(name: impl Into<String>, block: Block) -> NestedBlock {
        NestedBlock { mode: BlockMode::List, ..NestedBlock::single(name, block) }
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
