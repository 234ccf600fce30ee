"""The JSON Schema of a reply, in the forms that go out to providers. The reply is checked in full anyway."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from activities.llm.parsing import REASONING, WRAPPED

Schema = dict[str, Any]

NAMED = ("$defs", "properties", "patternProperties")
"""Keywords whose members are names that somebody chose, not keywords."""
LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLE = ("items", "additionalProperties", "propertyNames")

_STRUCTURE = frozenset({"$defs", "$ref", "anyOf", "const", "description", "enum", "items", "properties", "type"})
_IN_WORDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "uniqueItems": "no item twice",
    "prefixItems": "its items in this order: {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "pattern": "matching {}",
    "format": "in the format {}",
    "contentMediaType": "holding {}",
    "default": "{} by default",
}
_LONGEST_DEFAULT = 60
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_SCRATCHPAD: Schema = {
    "type": "string",
    "description": "think here first, in a few sentences; private, nobody acts upon it",
    "maxLength": 2000,
}


def each_node(node: Mapping[str, Any], rewrite: Callable[[Schema], Schema]) -> Schema:
    """The schema with `rewrite` applied to each schema in it, the outermost first."""
    changed = rewrite(dict(node))
    for name in NAMED:
        if name in changed:
            changed[name] = {key: _inner(one, rewrite) for key, one in changed[name].items()}
    for name in LISTED:
        if name in changed:
            changed[name] = [_inner(one, rewrite) for one in changed[name]]
    return changed | {name: _inner(changed[name], rewrite) for name in SINGLE if name in changed}


def _inner(node: Any, rewrite: Callable[[Schema], Schema]) -> Any:
    return each_node(node, rewrite) if isinstance(node, Mapping) else node  # true and false are schemas too


def nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every schema in a schema, itself included."""
    if isinstance(schema, Mapping):
        yield schema
        inside = [one for name in NAMED for one in schema.get(name, {}).values()]
        inside += [one for name in LISTED for one in schema.get(name, ())]
        for one in (*inside, *(schema.get(name) for name in SINGLE)):
            yield from nodes(one)


def target(reference: str) -> str:
    """The name in `$defs` that a `$ref` refers to."""
    return reference.rpartition("/")[2]


def as_object(schema: Mapping[str, Any]) -> Schema:
    """The schema with an object at its top, as strict modes and tools want it: a type that is none becomes a field."""
    types = schema.get("$defs", {})
    top = {name: value for name, value in schema.items() if name != "$defs"}
    while "$ref" in top:
        top = {**types[target(top.pop("$ref"))], **top}
    if top.get("type") != "object":
        top = {"type": "object", "properties": {WRAPPED: top}, "required": [WRAPPED], "additionalProperties": False}
    return {**top, "$defs": types} if types else top


def has_room_to_think(schema: Mapping[str, Any]) -> bool:
    """Whether a scratchpad field can be added: the type has no field of its own by that name."""
    return REASONING not in as_object(schema).get("properties", {})


def full_schema(schema: Mapping[str, Any], scratchpad: bool = False) -> Schema:
    """All that the type says, where the provider enforces none of it or can enforce it all.

    With `scratchpad`, a private field comes first. Keywords of OpenAPI and titles, which repeat names, are left out.
    """
    whole = as_object(schema)
    if scratchpad and has_room_to_think(schema):
        fields = {REASONING: _SCRATCHPAD, **whole.get("properties", {})}
        whole |= {"properties": fields, "required": [REASONING, *whole.get("required", ())]}
    return each_node(whole, _plain)


def _plain(node: Schema) -> Schema:
    if "oneOf" in node and "anyOf" not in node:  # a discriminated union; the discriminator tells them apart anyway
        node["anyOf"] = node.pop("oneOf")
    fields = node.get("properties", {})
    # What tells the choices of a union apart is never left out, whether or not it has a default.
    if told := [name for name, one in fields.items() if "const" in one and name not in node.get("required", ())]:
        node["required"] = [*told, *node.get("required", ())]
    return {name: value for name, value in node.items() if name not in ("title", "discriminator")}


def strict_schema(schema: Mapping[str, Any], scratchpad: bool = False) -> Schema:
    """What the strict modes of Anthropic and OpenAI enforce: each object closed, each field required, no bounds.

    Bounds make some models refuse the request, so they go into the descriptions, where the model can read them.
    """
    return each_node(full_schema(schema, scratchpad), lambda node: _kept(_described(_typed(node))))


def in_words(node: Mapping[str, Any]) -> str:
    """What a schema says of a value besides its type."""
    shown = {name: node[name] for name in _IN_WORDS if name in node}
    if "default" in shown or "prefixItems" in shown:
        shown |= {
            name: json.dumps(shown[name], ensure_ascii=False) for name in ("default", "prefixItems") if name in shown
        }
        if len(shown.get("default", "")) > _LONGEST_DEFAULT:
            del shown["default"]
    bounds = ", ".join(_IN_WORDS[name].format(value) for name, value in shown.items())
    return "; ".join(part for part in (node.get("description"), bounds) if part)


def _typed(node: Schema) -> Schema:
    """Each choice of values with its type, and a list of fixed places as one of their choices: see `in_words`."""
    if len(node.get("allOf", ())) == 1:
        node |= node.pop("allOf")[0]
    values = [node["const"]] if "const" in node else node.get("enum", ())
    kinds = list(dict.fromkeys(_JSON_TYPES.get(type(value), "") for value in values))
    if len(kinds) == 1 and kinds[0]:
        node.setdefault("type", kinds[0])
    elif values and all(kinds):
        node.pop("type", None)
        del node["enum"]
        node["anyOf"] = [
            {"type": kind, "enum": [value for value in values if _JSON_TYPES[type(value)] == kind]} for kind in kinds
        ]
    return node


def _described(node: Schema) -> Schema:
    """The words, with those of references among its fields: strict modes allow a reference no neighbours."""
    words = [in_words(node)]
    words += [f"{name}: {said}" for name, one in node.get("properties", {}).items() if (said := _beside(one))]
    if text := "; ".join(word for word in words if word):
        node["description"] = text
    return node


def _beside(node: Any) -> str:
    return in_words(node) if isinstance(node, Mapping) and "$ref" in node else ""


def _kept(node: Schema) -> Schema:
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    kept = {name: value for name, value in node.items() if name in _STRUCTURE}
    if node.get("type") == "array":
        kept["items"] = _any_place(node)
    if node.get("type") == "object":
        fields = node.get("properties", {})
        # What tells the choices of a union apart comes first: some models refuse choices that begin alike.
        names = sorted(fields, key=lambda name: "const" not in fields[name])
        kept |= {"properties": {name: fields[name] for name in names}, "required": names, "additionalProperties": False}
    return kept


def _any_place(node: Schema) -> Any:
    """What an item of a list may be. Strict modes know no places: one after the other they are told in words."""
    places = [one for one in node.get("prefixItems", ()) if isinstance(one, Mapping)]
    if isinstance(node.get("items"), Mapping):
        places.append(node["items"])
    different = [one for n, one in enumerate(places) if one not in places[:n]]
    if len(different) == 1:
        return different[0]
    return {"anyOf": different} if different else {"type": "null"}  # the list of no items at all
