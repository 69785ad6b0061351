//! From the recorded schema to one that Terraform can be served.
//!
//! Knows both notations of a schema, never what its attributes mean.

use terraform_provider_emc::plugin::{Attribute, Block, NestedBlock, Schema, Type, TypeError, Validator};

use crate::record::{self, Nesting, Rules};

/// The schema of a provider's block.
pub(crate) fn of_provider(tree: &record::Tree) -> Result<Schema, TypeError> {
    Ok(Schema::new(block(&tree.block, &|attribute| attribute)?).version(tree.version))
}

/// The schema of a resource, with what is refused in single attributes and what replaces it.
pub(crate) fn of_resource(tree: &record::Tree, rules: &Rules) -> Result<Schema, TypeError> {
    let ruled = |mut attribute: Attribute| {
        for check in rules.provider.values.get(attribute.name()).into_iter().flatten() {
            attribute = attribute.validate(Validator::from(check.clone()));
        }
        if rules.replaces.iter().any(|name| name == attribute.name()) { attribute.requires_replace() } else { attribute }
    };
    Ok(Schema::new(block(&tree.block, &ruled)?).version(tree.version))
}

fn block(block: &record::Block, ruled: &dyn Fn(Attribute) -> Attribute) -> Result<Block, TypeError> {
    let attributes = block.attributes.iter().map(|(name, recorded)| attribute(name, recorded).map(ruled));
    let attributes: Vec<Attribute> = attributes.collect::<Result<_, _>>()?;
    let blocks: Vec<NestedBlock> = block.block_types.iter().map(|(name, recorded)| nested(name, recorded)).collect::<Result<_, _>>()?;
    Ok(Block::new(attributes).blocks(blocks))
}

fn attribute(name: &str, recorded: &record::Attribute) -> Result<Attribute, TypeError> {
    let ty = Type::from_notation(&recorded.ty)?;
    Ok(match (recorded.required, recorded.optional, recorded.computed) {
        (true, _, _) => Attribute::required(name, ty),
        (false, true, true) => Attribute::optional_computed(name, ty),
        (false, true, false) => Attribute::optional(name, ty),
        (false, false, _) => Attribute::computed(name, ty),
    })
}

fn nested(name: &str, recorded: &record::NestedBlock) -> Result<NestedBlock, TypeError> {
    let inner = block(&recorded.block, &|attribute| attribute)?;
    let nested = match recorded.nesting_mode {
        Nesting::Single => NestedBlock::single(name, inner),
        Nesting::List => NestedBlock::list(name, inner).at_most(recorded.max_items),
    };
    Ok(if recorded.min_items > 0 { nested.required() } else { nested })
}
