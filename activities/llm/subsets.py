"""Which schemas the strict modes can express: as their documentation states it, in autumn 2026.

A schema that they cannot is sent without the promise that it is enforced; the reply is checked in full anyway.
"""

from collections.abc import Mapping
from typing import Any

from activities.llm.schemas import NAMED, Schema, nodes, strict_schema, target

_MOST_FIELDS = 5_000
_MOST_LEVELS = 10
_MOST_VALUES = 1_000
_MOST_CHARACTERS = 120_000
"""OpenAI's limits: fields, levels of objects, values of all enums, and characters of all names and values."""

_MOST_UNIONS = 16
"""Anthropic's: each union multiplies what it has to compile."""

_SAYS_WHAT = ("$ref", "allOf", "anyOf", "const", "enum", "oneOf", "type")


def fits_openai(schema: Mapping[str, Any]) -> bool:
    """Whether OpenAI's strict mode can enforce it."""
    if not _is_closed(schema):
        return False
    strict = strict_schema(schema)
    every = list(nodes(strict))
    values = [value for node in every for value in node.get("enum", ())]
    names = [name for node in every for key in NAMED for name in node.get(key, ())]
    consts = [node["const"] for node in every if "const" in node]
    return (
        sum(len(node.get("properties", ())) for node in every) <= _MOST_FIELDS
        and len(values) <= _MOST_VALUES
        and sum(len(str(one)) for one in (*names, *values, *consts)) <= _MOST_CHARACTERS
        and _levels(strict) <= _MOST_LEVELS
    )


def fits_anthropic(schema: Mapping[str, Any]) -> bool:
    """Whether Anthropic's can. It refuses a type inside itself, and with `oneOf` and bounds gone, too many unions."""
    return (
        _is_closed(schema)
        and not recursive_types(schema)
        and sum("anyOf" in node for node in nodes(strict_schema(schema))) <= _MOST_UNIONS
    )


def recursive_types(schema: Mapping[str, Any]) -> frozenset[str]:
    """Names of the types that can stand inside themselves."""
    types = schema.get("$defs", {})
    inside = {name: {target(node["$ref"]) for node in nodes(one) if "$ref" in node} for name, one in types.items()}
    for _ in types:
        inside = {name: found.union(*(inside[one] for one in found)) for name, found in inside.items()}
    return frozenset(name for name, found in inside.items() if name in found)


def is_map(node: Mapping[str, Any]) -> bool:
    """Whether it is an object with names that nobody knows beforehand."""
    if node.get("type") != "object" or node.get("properties"):
        return False
    return bool(node.get("additionalProperties", "properties" not in node) or node.get("patternProperties"))


def is_anything(node: Mapping[str, Any]) -> bool:
    """Whether any value will do."""
    return not any(name in node for name in _SAYS_WHAT)


def _is_closed(schema: Mapping[str, Any]) -> bool:
    """Whether strict modes have words for all of it: no dictionary, nothing that may be anything."""
    return not any(is_map(node) or is_anything(node) or _is_odd(node) for node in nodes(schema))


def _is_odd(node: Mapping[str, Any]) -> bool:
    values = (*node.get("enum", ()), node.get("const"))
    untyped_list = node.get("type") == "array" and not {"items", "prefixItems"} & node.keys()
    return (
        len(node.get("allOf", ())) > 1
        or any(isinstance(value, list | dict) for value in values)
        or (untyped_list and node.get("maxItems") != 0)
        or node.get("items") is True
    )


def _levels(schema: Schema) -> int:
    """How deep objects stand in objects; a type inside itself is counted once."""
    types = schema.get("$defs", {})
    known: dict[str, int] = {}

    def levels(node: Any) -> int:
        if not isinstance(node, Mapping):
            return 0
        if "$ref" in node:
            name = target(node["$ref"])
            if name not in known:
                known[name] = 0  # as it counts inside itself
                known[name] = levels(types[name])
            return known[name]
        inner = (*node.get("properties", {}).values(), *node.get("anyOf", ()), node.get("items"))
        return (node.get("type") == "object") + max((levels(one) for one in inner), default=0)

    return levels(schema)
