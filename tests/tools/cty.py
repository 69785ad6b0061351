"""Terraform's values on the wire, written from the description of the format and not from the provider's code.

A type is what its JSON says: `"string"`, `["list", "string"]`, `["object", {"a": "number"}]`, … A value is plain Python: None is null,
`UNKNOWN` is unknown, numbers are `int` or `Decimal`, lists, sets and tuples are lists (sets sorted), maps and objects are dicts, and a
value of type `"dynamic"` is `Dynamic(type, value)`."""

import json
from decimal import Decimal
from typing import NamedTuple

import msgpack


class Unknown:
    def __repr__(self):
        return "unknown"


UNKNOWN = Unknown()
EXT_UNKNOWN = msgpack.ExtType(0, b"\0")


class Dynamic(NamedTuple):
    type: object
    value: object


class WireError(ValueError):
    """Bytes that are no value of the type."""


def encode(type_, value):
    """A value as msgpack; it has to conform to its type."""
    return msgpack.packb(outgoing(type_, value), use_bin_type=True)


def outgoing(type_, value):
    if type_ == "dynamic" and isinstance(value, Dynamic):
        return [json.dumps(value.type, separators=(",", ":")).encode(), outgoing(value.type, value.value)]
    if value is None:
        return None
    if value is UNKNOWN:
        return EXT_UNKNOWN
    if type_ == "string" and isinstance(value, str) or type_ == "bool" and isinstance(value, bool):
        return value
    if type_ == "number" and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return number(value)
    if isinstance(type_, list):
        kind, inner = type_[0], type_[1]
        if kind in ("list", "set") and isinstance(value, list):
            return [outgoing(inner, item) for item in (ordered(value) if kind == "set" else value)]
        if kind == "tuple" and isinstance(value, list) and len(value) == len(inner):
            return [outgoing(part, item) for part, item in zip(inner, value)]
        if kind == "map" and isinstance(value, dict):
            return {key: outgoing(inner, value[key]) for key in sorted(value)}
        if kind == "object" and isinstance(value, dict) and value.keys() == inner.keys():
            return {key: outgoing(inner[key], value[key]) for key in sorted(value)}
    raise WireError(f"{value!r} is no {type_}")


def number(value):
    if value == int(value) and -(2**63) <= value < 2**63:
        return int(value)
    if value != int(value) and Decimal(float(value)) == value:
        return float(value)
    return format(Decimal(value), "f")


def decode(type_, data):
    """The value of these bytes; refuses what does not conform, trailing bytes included."""
    if not data:
        return None  # an absent value
    try:
        raw = msgpack.unpackb(data, raw=False, strict_map_key=False, ext_hook=lambda code, payload: UNKNOWN)
    except (ValueError, msgpack.exceptions.UnpackException) as error:
        raise WireError(f"no msgpack: {error}") from error
    return incoming(type_, raw, "")


def incoming(type_, raw, path):
    if raw is None:
        return None
    if raw is UNKNOWN:
        return UNKNOWN
    if type_ == "dynamic":
        if not (isinstance(raw, list) and len(raw) == 2 and isinstance(raw[0], bytes)):
            raise WireError(f"{path}: a dynamic value is [type as binary, value], not {raw!r}")
        inner = json.loads(raw[0])
        return Dynamic(inner, incoming(inner, raw[1], path))
    if type_ == "string" and isinstance(raw, str) or type_ == "bool" and isinstance(raw, bool):
        return raw
    if type_ == "number" and isinstance(raw, (int, float, str)) and not isinstance(raw, bool):
        value = Decimal(raw)
        return int(value) if value == value.to_integral_value() else value
    if isinstance(type_, list):
        kind, inner = type_[0], type_[1]
        if kind in ("list", "set") and isinstance(raw, list):
            items = [incoming(inner, item, f"{path}[{index}]") for index, item in enumerate(raw)]
            if kind == "set" and len({repr(item) for item in items if not has_unknown(item)}) != sum(
                not has_unknown(item) for item in items
            ):
                raise WireError(f"{path}: the same element twice in a set")
            return ordered(items) if kind == "set" else items
        if kind == "tuple" and isinstance(raw, list) and len(raw) == len(inner):
            return [incoming(part, item, f"{path}[{index}]") for index, (part, item) in enumerate(zip(inner, raw))]
        if kind == "map" and isinstance(raw, dict):
            return {key: incoming(inner, raw[key], f"{path}[{key!r}]") for key in sorted(raw)}
        if kind == "object" and isinstance(raw, dict):
            if raw.keys() != inner.keys():
                raise WireError(f"{path}: attributes {sorted(raw)} where {sorted(inner)} are required")
            return {key: incoming(inner[key], raw[key], f"{path}.{key}") for key in sorted(raw)}
    raise WireError(f"{path}: {raw!r} is no {type_}")


def ordered(items):
    return sorted(items, key=repr)


def has_unknown(value):
    """Whether a value is unknown, or holds something that is."""
    if isinstance(value, Dynamic):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


class Attribute(NamedTuple):
    """An attribute of a schema; `nested` is (nesting, attributes) for a nested attribute, else None."""

    type: object
    required: bool
    optional: bool
    computed: bool
    write_only: bool
    nested: object


class Block(NamedTuple):
    """A block of a schema: attributes by name, and blocks by name as (nesting, block)."""

    attributes: dict
    blocks: dict

    @property
    def type(self):
        wrap = {"single": lambda inner: inner, "group": lambda inner: inner}
        fields = {name: attribute.type for name, attribute in self.attributes.items()}
        for name, (nesting, block) in self.blocks.items():
            fields[name] = wrap.get(nesting, lambda inner, nesting=nesting: [nesting, inner])(block.type)
        return ["object", fields]

    def empty(self):
        """An object with nothing set: attributes null, repeated blocks empty."""
        value = {name: None for name in self.attributes}
        for name, (nesting, block) in self.blocks.items():
            value[name] = {"single": None, "map": {}}.get(nesting, []) if nesting != "group" else block.empty()
        return value


BLOCK_NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}
OBJECT_NESTING = {1: "single", 2: "list", 3: "set", 4: "map"}


def block_of(message):
    """A Schema.Block of the wire."""
    return Block(
        {attribute.name: attribute_of(attribute) for attribute in message.attributes},
        {block.type_name: (BLOCK_NESTING[block.nesting], block_of(block.block)) for block in message.block_types},
    )


def attribute_of(message):
    flags = (message.required, message.optional, message.computed, message.write_only)
    if message.HasField("nested_type"):
        nesting = OBJECT_NESTING[message.nested_type.nesting]
        attributes = {attribute.name: attribute_of(attribute) for attribute in message.nested_type.attributes}
        inner = ["object", {name: attribute.type for name, attribute in attributes.items()}]
        return Attribute(inner if nesting == "single" else [nesting, inner], *flags, (nesting, attributes))
    return Attribute(json.loads(message.type), *flags, None)
