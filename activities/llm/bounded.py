"""The JSON Schema of a reply as llama.cpp enforces it, for a small model that ends nothing by itself."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from activities.llm.lengths import longest, sensible
from activities.llm.recursion import without_recursion
from activities.llm.schemas import Schema, each_node, full_schema
from activities.llm.sentences import sentences
from activities.llm.subsets import is_anything, is_map

_KEPT = frozenset({"$defs", "$ref", "anyOf", "const", "enum", "items", "prefixItems", "properties", "type"})
_BOUNDS = frozenset({"maxItems", "maxLength", "minItems", "minLength"})
_OF_INTEGERS = frozenset({"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"})
"""Enforced for whole numbers only."""
_OF_FORMATS = frozenset({"date", "date-time", "time", "uuid"})
"""Enforced, and as long as they are."""
_USUAL_LENGTH = 300
_OF_CODES = frozenset({"contentMediaType", "format", "pattern"})
_CODE_LENGTH = 32
"""Of dates, numbers, addresses: each character is a token of its own."""
_ITEMS = (8, 4, 2, 1)
"""Of a list without a bound; fewer where so many leave too little room for words. A bound of the contract stays."""
_ANYTHING: Schema = {"anyOf": [{"type": one} for one in ("string", "number", "boolean", "null")]}
"""A small model nests an object in an object until it is cut, so that it gets no object here."""
ENTRIES = "$entries"
"""The field of an object that stands for its further names: under a grammar a name would have no end."""
_LONGEST_QUOTE = 160
_MOST_CHOICES = 40
_CHARACTERS_A_TOKEN = 3
_TOKENS_BESIDES = 40
"""Of the JSON around the strings, at least."""


def bounded_schema(
    schema: Mapping[str, Any], max_tokens: int, sources: Mapping[str, str], scratchpad: bool = False
) -> Schema:
    """What llama.cpp enforces: bounds too, with long strings shortened where the longest reply would not fit otherwise.

    A small model seldom ends a string by itself: without bounds most of its replies are cut off. Where no reply of
    sensible lengths is sure to fit, the bounds are the contract's: it may fit anyway, or the ladder gives it more room.
    Nor can the model copy: a string that is `x-quoted-from` one of the sources becomes a choice of its sentences.
    """
    finite = without_recursion(full_schema(schema, scratchpad))
    room = (max_tokens - _TOKENS_BESIDES) * _CHARACTERS_A_TOKEN
    for items in _ITEMS:
        whole = _bounded(finite, sources, items)
        size = longest(whole)
        left = room - max(0, size.besides - _TOKENS_BESIDES * _CHARACTERS_A_TOKEN)
        if size.sensible <= left:
            share = min(1.0, (left - size.sensible) / max(1, size.full - size.sensible))
            return each_node(whole, partial(_shortened, share=share))
    return _bounded(finite, sources, _ITEMS[0])


def _bounded(finite: Schema, sources: Mapping[str, str], items: int) -> Schema:
    """The schema with the contract's bounds, and with usual ones where it has none."""
    return each_node(finite, lambda node: _kept(_ended(_quoting(_listed(node), sources), items)))


def as_tool_call(schema: Schema, tool: str) -> Schema:
    """A call of one tool with this input: llama.cpp overlooks a tool choice, and obeys a schema."""
    types = schema.get("$defs", {})
    fields = {"tool": {"type": "string", "enum": [tool]}, "input": {k: v for k, v in schema.items() if k != "$defs"}}
    call = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {**call, "$defs": types} if types else call


def without_entries(value: Any) -> str:
    """A reply as JSON, with its dictionaries as such. A name that stands twice stays twice, and is no reply then."""
    if isinstance(value, list):
        return f"[{', '.join(without_entries(one) for one in value)}]"
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    fields = [(name, one) for name, one in value.items() if name != ENTRIES]
    entries = [(str(one["key"]), one["value"]) for one in value.get(ENTRIES, ())]
    members = (f"{json.dumps(name, ensure_ascii=False)}: {without_entries(one)}" for name, one in (*fields, *entries))
    return f"{{{', '.join(members)}}}"


def _listed(node: Schema) -> Schema:
    """An object with each of its fields required, and further names in a list of entries."""
    if node.get("type") != "object":
        return node
    fields = dict(node.get("properties", {}))
    if is_map(node) or isinstance(node.get("additionalProperties"), Mapping):
        fields[ENTRIES] = _entries(node)
    return {**node, "properties": fields, "required": list(fields)}


def _entries(node: Schema) -> Schema:
    kinds = (*node.get("patternProperties", {}).values(), node.get("additionalProperties"))
    fields = {
        "key": {"type": "string", "maxLength": _CODE_LENGTH, **node.get("propertyNames", {})},
        "value": next((one for one in kinds if isinstance(one, Mapping)), {}),
    }
    return {"type": "array", "items": {"type": "object", "properties": fields}}


def _quoting(node: Schema, sources: Mapping[str, str]) -> Schema:
    found = sentences(sources.get(node.get("x-quoted-from", ""), ""), node.get("maxLength", _LONGEST_QUOTE))
    choices = dict.fromkeys(one for one in found if len(one) >= node.get("minLength", 1))
    return {"type": "string", "enum": list(choices)[:_MOST_CHOICES]} if choices else node


def _ended(node: Schema, items: int) -> Schema:
    if is_anything(node):
        return dict(_ANYTHING)
    kinds = [node["type"]] if isinstance(node.get("type"), str) else node.get("type", ())
    if "string" in kinds and not {"enum", "const"} & node.keys():
        usual = _CODE_LENGTH if _OF_CODES & node.keys() else _USUAL_LENGTH
        node.setdefault("maxLength", max(usual, node.get("minLength", 0)))
    if "array" in kinds:
        node.setdefault("maxItems", max(items, node.get("minItems", 0)))
    return node


def _kept(node: Schema) -> Schema:
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    kept = {name: value for name, value in node.items() if name in _KEPT | _BOUNDS}
    match node.get("type"):
        case "object":
            kept |= {"required": node["required"], "additionalProperties": False}
        case "array" if node.get("prefixItems"):  # `items` beside them would take their place
            count = len(node["prefixItems"])
            kept = {"type": "array", "prefixItems": node["prefixItems"], "minItems": count, "maxItems": count}
        case "array":
            kept["items"] = node["items"] if isinstance(node.get("items"), Mapping) else {}
        case "integer":
            kept |= {name: node[name] for name in _OF_INTEGERS & node.keys()}
        case "string" if node.get("format") in _OF_FORMATS:
            kept = {"type": "string", "format": node["format"]}
    return kept


def _shortened(node: Schema, share: float) -> Schema:
    """Between a sensible length and the full one."""
    if "maxLength" in node:
        least = sensible(node)
        node["maxLength"] = least + int((node["maxLength"] - least) * share)
    return node
