"""The JSON Schema of a reply, as each provider's structured output takes it. The reply is checked in full anyway."""

from collections.abc import Callable, Mapping
from typing import Any

from activities.llm.sentences import sentences

Schema = dict[str, Any]

_STRUCTURE = frozenset({"$defs", "$ref", "anyOf", "const", "description", "enum", "items", "properties", "type"})
_LENGTHS = frozenset({"maxItems", "maxLength", "minItems", "minLength"})
_IN_WORDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "pattern": "matching {}",
    "format": "in the format {}",
}
_USUAL_BOUND = {"string": ("maxLength", 300), "array": ("maxItems", 8)}
_LONGEST_QUOTE = 160
_MOST_CHOICES = 40
_TOKENS_BESIDES = 40
"""Of the JSON around the strings."""
_CHARACTERS_A_TOKEN = 3


def strict_schema(schema: Mapping[str, Any]) -> Schema:
    """What Anthropic and OpenAI enforce: each object closed, each field required, no bounds.

    Bounds make some models refuse the request, so they go into the descriptions, where the model can read them.
    """
    return _each_node(schema, lambda node: _kept(_described(node), _STRUCTURE))


def bounded_schema(schema: Mapping[str, Any], max_tokens: int, sources: Mapping[str, str]) -> Schema:
    """What llama.cpp enforces: bounds too, shrunk where the longest reply would not fit into `max_tokens`.

    A small model seldom ends a string by itself: without bounds most of its replies are cut off. Nor can it copy: a
    string that is `x-quoted-from` one of the sources becomes a choice between that text's sentences.
    """
    whole = _each_node(schema, lambda node: _kept(_ended(_quoting(node, sources)), _STRUCTURE | _LENGTHS))
    room = max(1, (max_tokens - _TOKENS_BESIDES) * _CHARACTERS_A_TOKEN)
    share = min(1.0, room / max(1, _longest(whole, whole.get("$defs", {}))))
    return _each_node(whole, lambda node: _shrunk(node, share))


def _each_node(node: Mapping[str, Any], rewrite: Callable[[Schema], Schema]) -> Schema:
    """The schema with `rewrite` applied to each of its nodes, the outermost first."""
    changed = rewrite(dict(node))
    for name in ("$defs", "properties"):  # their members are names that somebody chose, not keywords
        if name in changed:
            changed[name] = {key: _each_node(value, rewrite) for key, value in changed[name].items()}
    if "anyOf" in changed:
        changed["anyOf"] = [_each_node(one, rewrite) for one in changed["anyOf"]]
    if isinstance(changed.get("items"), dict):
        changed["items"] = _each_node(changed["items"], rewrite)
    return changed


def _kept(node: Schema, keywords: frozenset[str]) -> Schema:
    if "$ref" in node:
        return {"$ref": node["$ref"]} | ({"$defs": node["$defs"]} if "$defs" in node else {})  # strict: no neighbours
    if "oneOf" in node:  # a discriminated union; strict mode knows only anyOf
        node["anyOf"] = node["oneOf"]
    kept = {key: value for key, value in node.items() if key in keywords}
    if node.get("type") == "object":
        kept |= {"additionalProperties": False, "required": list(node.get("properties", {}))}
    return kept


def _described(node: Schema) -> Schema:
    bounds = ", ".join(words.format(node[key]) for key, words in _IN_WORDS.items() if key in node)
    if bounds:
        node["description"] = f"{node['description']}; {bounds}" if node.get("description") else bounds
    return node


def _quoting(node: Schema, sources: Mapping[str, str]) -> Schema:
    found = sentences(sources.get(node.get("x-quoted-from", ""), ""), node.get("maxLength", _LONGEST_QUOTE))
    choices = dict.fromkeys(one for one in found if len(one) >= node.get("minLength", 1))
    return {"type": "string", "enum": list(choices)[:_MOST_CHOICES]} if choices else node


def _ended(node: Schema) -> Schema:
    if "enum" not in node and "const" not in node and node.get("type") in _USUAL_BOUND:
        keyword, bound = _USUAL_BOUND[node["type"]]
        node.setdefault(keyword, bound)
    return node


def _longest(node: Schema, types: Schema, inside: tuple[str, ...] = ()) -> int:
    """Characters in the strings of the longest reply; a type inside itself is counted once."""
    reference = node.get("$ref")
    if reference:
        name = reference.rpartition("/")[2]
        return 0 if name in inside else _longest(types[name], types, (*inside, name))
    own = max((len(str(one)) for one in node.get("enum", ())), default=int(node.get("maxLength", 0)))
    fields = sum(_longest(one, types, inside) for one in node.get("properties", {}).values())
    choices = max((_longest(one, types, inside) for one in node.get("anyOf", ())), default=0)
    items = node["maxItems"] * _longest(node["items"], types, inside) if "items" in node else 0
    return own + fields + choices + int(items)


def _shrunk(node: Schema, share: float) -> Schema:
    if "maxLength" in node:
        node["maxLength"] = max(int(node.get("minLength", 0)), int(node["maxLength"] * share))
    return node
