"""How long the longest reply under a schema can be, as a small model's tokens count: most of them hold one sign."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from activities.llm.schemas import Schema, target

_SENSIBLE_LENGTH = 60
"""A short sentence. A string that is held to less says something else than what was meant."""
_BESIDES = {"array": 12, "boolean": 15, "integer": 36, "null": 12, "number": 36, "object": 12}
"""Characters that a value counts for beside its strings; digits, signs and blanks are a token each."""
_A_NAME = 18
_A_FORMAT = 72
_A_NUMBER = 20
"""A string beside a number: pydantic's decimals may come as either."""


class Size(NamedTuple):
    """Characters in the strings of the longest reply, at sensible lengths and at full ones, and around them."""

    sensible: int = 0
    full: int = 0
    besides: int = 0


def longest(schema: Schema) -> Size:
    """Of a schema in which each string and each list has a bound, and no type stands in itself."""
    types = schema.get("$defs", {})
    known: dict[str, Size] = {}

    def measured(node: Any) -> Size:
        if not isinstance(node, Mapping):
            return Size()
        if "$ref" in node:
            name = target(node["$ref"])
            if name not in known:
                known[name] = measured(types[name])
            return known[name]
        fields = (*node.get("properties", {}).values(), *node.get("prefixItems", ()))
        items = Size(*(node["maxItems"] * count for count in measured(node["items"]))) if "items" in node else Size()
        return _sum(_own(node), _longer([measured(one) for one in _choices(node)]), items, *map(measured, fields))

    return measured(schema)


def sensible(node: Mapping[str, Any]) -> int:
    """Characters that a string is not shortened below: those of a short sentence, or of its own bounds."""
    return min(int(node.get("maxLength", 0)), max(int(node.get("minLength", 0)), _SENSIBLE_LENGTH))


def _choices(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices: list[Mapping[str, Any]] = node.get("anyOf", [])
    if not any(one.get("type") == "number" for one in choices):
        return choices
    return [{**one, "maxLength": min(one["maxLength"], _A_NUMBER)} if "maxLength" in one else one for one in choices]


def _longer(choices: list[Size]) -> Size:
    return Size(*map(max, zip(Size(), *choices, strict=True)))


def _sum(*sizes: Size) -> Size:
    return Size(*map(sum, zip(*sizes, strict=True)))


def _own(node: Mapping[str, Any]) -> Size:
    if "format" in node:
        return Size(besides=_A_FORMAT)
    names = sum(len(name) + _A_NAME for name in node.get("properties", ()))
    besides = names + _BESIDES.get(str(node.get("type")), 0)
    if "enum" in node:
        words = max((len(str(one)) for one in node["enum"]), default=0)
        return Size(words, words, besides)
    return Size(sensible(node), int(node.get("maxLength", 0)), besides)
