"""Terraform core's own judgement of a provider: what it proposes, which plans it takes, which results it takes.

Written from the rules that core documents and enforces ("Provider produced invalid plan", "Provider produced inconsistent result after
apply"), on the values of `cty.py`. Each judgement is a list of complaints; an empty one is a pass."""

from cty import UNKNOWN, Block, has_unknown


def proposed_new(block, prior, config):
    """The proposed new state: configuration, with the prior value of what the provider computes."""
    prior = prior if prior is not None else block.empty()
    proposed = proposed_attributes(block.attributes, prior, config)
    for name, (nesting, inner) in block.blocks.items():
        old, new = prior[name], config[name]
        if new is None or new is UNKNOWN:
            proposed[name] = new
        elif nesting in ("single", "group"):
            proposed[name] = proposed_new(inner, old if isinstance(old, dict) else None, new)
        elif nesting == "list":
            proposed[name] = [proposed_new(inner, at(old, index), item) for index, item in enumerate(new)]
        elif nesting == "map":
            proposed[name] = {key: proposed_new(inner, (old or {}).get(key), item) for key, item in new.items()}
        else:
            proposed[name] = [proposed_new(inner, item if item in (old or []) else None, item) for item in new]
    return proposed


def proposed_attributes(attributes, prior, config):
    proposed = {}
    for name, attribute in attributes.items():
        old, new = prior[name], config[name]
        if attribute.computed and new is None:
            proposed[name] = old
        elif attribute.nested and new is not None and new is not UNKNOWN:
            nesting, inner = attribute.nested
            empty = {name: None for name in inner}
            if nesting == "single":
                proposed[name] = proposed_attributes(inner, old if isinstance(old, dict) else empty, new)
            elif nesting == "map":
                old = old if isinstance(old, dict) else {}
                proposed[name] = {
                    key: item if item is None or item is UNKNOWN else proposed_attributes(inner, old.get(key) or empty, item)
                    for key, item in new.items()
                }
            else:
                proposed[name] = [
                    proposed_attributes(inner, (at(old, index) if nesting == "list" else None) or empty, item)
                    for index, item in enumerate(new)
                ]
        else:
            proposed[name] = new
    return proposed


def at(items, index):
    return items[index] if isinstance(items, list) and index < len(items) else None


def plan_valid(block, prior, config, planned):
    """Complaints about a planned state of a resource that has this prior state and this configuration."""
    if planned is UNKNOWN:
        return ["the planned object is unknown as a whole"]
    if (planned is None) != (config is None):
        return [
            f"planned {'nothing' if planned is None else 'something'} for a configuration that is {'absent' if config is None else 'present'}"
        ]
    return [] if config is None else block_valid(block, prior if prior is not None else block.empty(), config, planned, "")


def block_valid(block, prior, config, planned, path):
    complaints = attributes_valid(block.attributes, prior, config, planned, path)
    for name, (nesting, inner) in block.blocks.items():
        old, wanted, plan, here = prior[name], config[name], planned[name], f"{path}.{name}"
        if wanted is UNKNOWN or plan is UNKNOWN:
            if wanted is not plan:
                complaints.append(f"{here}: unknown in one of plan and configuration only")
        elif nesting in ("single", "group"):
            if (plan is None) != (wanted is None):
                complaints.append(f"{here}: block planned as {'absent' if plan is None else 'present'}, configuration says otherwise")
            elif wanted is not None:
                complaints += block_valid(inner, old if isinstance(old, dict) else inner.empty(), wanted, plan, here)
        elif plan is None:
            complaints.append(f"{here}: repeated blocks must be empty to indicate no blocks, not null")
        elif len(plan) != len(wanted):
            complaints.append(f"{here}: block count in plan ({len(plan)}) disagrees with count in config ({len(wanted)})")
        elif nesting == "list":
            for index, (part, item) in enumerate(zip(plan, wanted)):
                complaints += block_valid(inner, at(old, index) or inner.empty(), item, part, f"{here}[{index}]")
        elif nesting == "map":
            complaints += keys_agree(plan, wanted, here)
            for key in plan.keys() & wanted.keys():
                complaints += block_valid(inner, (old or {}).get(key) or inner.empty(), wanted[key], plan[key], f"{here}[{key}]")
        else:
            complaints += sets_agree(
                plan, wanted, lambda part, item, inner=inner: not block_valid(inner, inner.empty(), item, part, ""), here
            )
    return complaints


def attributes_valid(attributes, prior, config, planned, path):
    complaints = []
    for name, attribute in attributes.items():
        complaints += attribute_valid(attribute, prior[name], config[name], planned[name], f"{path}.{name}")
    return complaints


def attribute_valid(attribute, prior, config, planned, path):
    if planned == config or (planned == prior and prior is not None and config is not None and not attribute.write_only):
        if attribute.write_only and planned is not None:
            return [f"{path}: a value for a write-only attribute"]
        return []
    if attribute.write_only:
        return [f"{path}: a value for a write-only attribute"] if planned is not None else []
    if attribute.computed and (not attribute.optional or config is None):
        return []
    if config is None:
        return [f"{path}: planned value {planned!r} for a non-computed attribute"]
    if not attribute.nested:
        return [f"{path}: planned value {planned!r} does not match config value {config!r} nor prior value {prior!r}"]
    nesting, inner = attribute.nested
    if config is UNKNOWN:
        return [f"{path}: planned value for an unknown configuration"]
    if planned is UNKNOWN:
        return [f"{path}: planned unknown for configured value"]
    if planned is None:
        return [f"{path}: planned for absence, but the configuration has it"]
    empty = {name: None for name in inner}

    def inside(old, wanted, plan, here):
        if wanted is None or wanted is UNKNOWN or plan is None or plan is UNKNOWN:
            return [] if plan is wanted else [f"{here}: planned {plan!r} for config {wanted!r}"]
        return attributes_valid(inner, old if isinstance(old, dict) else empty, wanted, plan, here)

    if nesting == "single":
        return inside(prior, config, planned, path)
    if nesting == "map":
        complaints, old = keys_agree(planned, config, path), prior if isinstance(prior, dict) else {}
        for key in planned.keys() & config.keys():
            complaints += inside(old.get(key), config[key], planned[key], f"{path}[{key}]")
        return complaints
    if nesting == "list":
        if len(planned) != len(config):
            return [f"{path}: count in plan ({len(planned)}) disagrees with count in config ({len(config)})"]
        return [
            text
            for index, (plan, item) in enumerate(zip(planned, config))
            for text in inside(at(prior, index), item, plan, f"{path}[{index}]")
        ]
    return sets_agree(planned, config, lambda plan, item: not inside(None, item, plan, ""), path)


def keys_agree(left, right, path):
    return [f"{path}: keys {sorted(left)} instead of {sorted(right)}"] if left.keys() != right.keys() else []


def sets_agree(left, right, agree, path):
    """Every element of one side has a partner on the other, both ways."""
    alone = [item for item in left if not any(agree(item, other) for other in right)]
    missing = [other for other in right if not any(agree(item, other) for item in left)]
    return [f"{path}: set elements {alone + missing!r} have no partner"] if alone or missing else []


def compatible(type_, planned, actual, path=""):
    """Complaints about what came after a plan: known values the same, unknown ones anything of the type."""
    if planned is UNKNOWN:
        return []
    if planned is None or actual is None:
        return [] if planned is actual else [f"{path}: was {planned!r}, but now {actual!r}"]
    if actual is UNKNOWN:
        return [f"{path}: was known, but now unknown"]
    if not isinstance(type_, list):
        return [] if planned == actual else [f"{path}: was {planned!r}, but now {actual!r}"]
    kind, inner = type_[0], type_[1]
    if kind == "object":
        return [text for name in inner for text in compatible(inner[name], planned[name], actual[name], f"{path}.{name}")]
    if kind == "map":
        complaints = keys_agree(actual, planned, path)
        for key in planned.keys() & actual.keys():
            complaints += compatible(inner, planned[key], actual[key], f"{path}[{key}]")
        return complaints
    if kind == "set":
        if len(actual) > len(planned):
            return [f"{path}: grew from {len(planned)} to {len(actual)} elements"]
        return sets_agree(planned, actual, lambda plan, item: not compatible(inner, plan, item), path)
    if len(planned) != len(actual):
        return [f"{path}: had {len(planned)} elements, but now {len(actual)}"]
    inners = inner if kind == "tuple" else [inner] * len(planned)
    return [text for index, part in enumerate(inners) for text in compatible(part, planned[index], actual[index], f"{path}[{index}]")]


def result_valid(block: Block, planned, actual):
    """Complaints about a new state after apply: compatible with the plan, and wholly known."""
    complaints = compatible(block.type, planned, actual)
    if actual is not None and has_unknown(actual):
        complaints.append("unknown values after apply")
    return complaints
