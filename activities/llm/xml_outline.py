"""A contract's type as an outline of XML elements, for a model to fill in. `xml_values` reads what comes back."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from activities.llm.schemas import in_words, nodes, target
from activities.llm.subsets import is_map

_ROOT = "reply"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ITEMS = ("item", "element", "one")
"""Names for the element of an item; the first that is no field of the item itself."""
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}
_NOT_SAID_HERE = ("default", "prefixItems")

Node = Mapping[str, Any]


def outline(schema: Node) -> str | None:
    """The elements of an object's schema, a line each; None where a field's name cannot be that of an element."""
    if not all(_can_be_elements(node.get("properties", {})) for node in nodes(schema)):
        return None
    return "\n".join(_Outline(schema).element(_ROOT, schema))


def _can_be_elements(names: Node) -> bool:
    """Whether all of an object's fields can: elements are told apart without their case."""
    return all(_NAME.fullmatch(name) for name in names) and len({name.lower() for name in names}) == len(names)


class _Outline:
    """One outline. Each type is shown once, so that it ends, whatever holds what."""

    def __init__(self, schema: Node) -> None:
        self._types: Node = schema.get("$defs", {})
        self._uses = Counter(target(node["$ref"]) for node in nodes(schema) if "$ref" in node)
        self._shown: set[str] = set()

    def element(self, name: str, schema: Node, notes: tuple[str, ...] = ()) -> list[str]:
        """The lines of an element, with a comment before it."""
        inner = self._content(schema)
        before = [_comment("; ".join(notes))] if notes else []
        if isinstance(inner, str):
            return [*before, f"<{name}>{inner}</{name}>"]
        return [*before, f"<{name}>", *(f"  {line}" for line in inner), f"</{name}>"]

    def _content(self, schema: Node) -> str | list[str]:
        """What stands in an element: a text in brackets, or lines of further elements."""
        if "$ref" in schema:
            return self._type(target(schema["$ref"]))
        if "anyOf" in schema:
            return self._choices(schema)
        if schema.get("type") == "array":
            return self._items(schema)
        if is_map(schema):
            return self._entries(schema)
        return self._fields(schema) if schema.get("type") == "object" else _in_brackets(schema)

    def _type(self, name: str) -> str | list[str]:
        if name in self._shown:
            return f"[{name}, as above]"
        if self._uses[name] < 2 or not _holds_elements(self._types[name]):
            return self._content(self._types[name])
        self._shown.add(name)
        inner = self._content(self._types[name])
        return inner if isinstance(inner, str) else [_comment(f"{name}:"), *inner]

    def _entries(self, node: Node) -> list[str]:
        """A dictionary, whose names need not be those of elements."""
        others = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
        key = self.element("key", {"type": "string", **_schema(node.get("propertyNames"))})
        value = self.element("value", _schema(others[0]))
        return [_comment("one <entry> for each"), "<entry>", *(f"  {line}" for line in (*key, *value)), "</entry>"]

    def _fields(self, node: Node) -> str | list[str]:
        lines: list[str] = []
        for name, one in node.get("properties", {}).items():
            notes = [] if name in node.get("required", ()) else ["optional"]
            if "$ref" in one and (said := in_words(one)):
                notes.append(said)
            lines += self.element(name, one, tuple(notes))
        return lines or ""

    def _items(self, node: Node) -> str | list[str]:
        name = self._item_name(node)
        if places := node.get("prefixItems"):
            return [line for one in places for line in self.element(name, _schema(one))]
        if node.get("maxItems") == 0:
            return ""
        said = _words(node)
        note = f"one <{name}> for each{f'; {said}' if said else ''}"
        return self.element(name, _schema(node.get("items")), (note,))

    def _item_name(self, node: Node) -> str:
        taken = {field.lower() for one in self._all_of(node.get("items")) for field in one.get("properties", {})}
        return next((name for name in _ITEMS if name not in taken), f"{_ITEMS[0]}_")

    def _all_of(self, schema: Any) -> Iterator[Node]:
        """What a schema allows, without references."""
        node = _schema(schema)
        while "$ref" in node:
            node = self._types[target(node["$ref"])]
        yield node
        for one in node.get("anyOf", ()):
            yield from self._all_of(one)

    def _choices(self, node: Node) -> str | list[str]:
        found = [self._content(one) for one in node["anyOf"]]
        texts = list(dict.fromkeys(one.strip("[]") for one in found if isinstance(one, str)))
        said = _words(node)
        text = f"[{' or '.join(texts)}{f'; {said}' if said else ''}]" if texts else ""
        blocks = [*([[text]] if text else []), *(one for one in found if not isinstance(one, str))]
        if len(blocks) == 1:
            return text or blocks[0]
        return [line for n, block in enumerate(blocks) for line in (_comment("or" if n else "either"), *block)]


def _schema(node: Any) -> Node:
    """`true` is a schema too: anything."""
    return node if isinstance(node, Mapping) else {}


def _holds_elements(node: Node) -> bool:
    return node.get("type") in ("object", "array") or "anyOf" in node


def _words(node: Node) -> str:
    return in_words({name: value for name, value in node.items() if name not in _NOT_SAID_HERE})


def _in_brackets(node: Node) -> str:
    """What to write there; a value without a choice stands as it is."""
    if "const" in node:
        return _escaped(_written(node["const"]))
    kinds = node.get("type", "anything")
    kind = " or ".join(_KINDS.get(one, "anything") for one in ([kinds] if isinstance(kinds, str) else kinds))
    if "enum" in node:
        kind = " | ".join(map(_written, node["enum"]))
    said = in_words(node)
    return f"[{_escaped(f'{kind}; {said}' if said else kind)}]"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _comment(text: str) -> str:
    return f"<!-- {text.replace('--', '- -')} -->"
