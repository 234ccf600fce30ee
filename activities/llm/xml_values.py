"""From XML elements to JSON, by the schema of a contract.

A field is an element of its name. A list is that element again and again, or once with an element for each item in it;
an empty list is an empty element. A dictionary has an element named as each key, or `<entry><key/><value/></entry>`.
An empty element, or the word null, is null where the schema allows it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from activities.llm.literals import NUMBER, Unreadable
from activities.llm.repair import DEEPEST
from activities.llm.xml_form import Document, Element

Schema = Mapping[str, Any]

_ITEM_NAMES = frozenset({"item", "element", "one", "item_"})
_ENTRY_NAMES = frozenset({"item", "element", "entry"})
_SHOWN_NAME = 40
_EXACT_DIGITS = 15
"""A binary fraction holds so many."""


def from_xml(text: str, schema: Schema) -> str:
    """The JSON of the reply in a text. Raises Unreadable."""
    document = Document(text, frozenset(_names(schema)))
    return _Mapper(document, schema.get("$defs", {})).json(document.root(), schema)


def _names(schema: Any) -> Iterable[str]:
    """Of all fields anywhere in a schema, in lower case."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties", {})
        if isinstance(properties, Mapping):
            yield from (name.lower() for name in properties)
        for inner in schema.values():
            yield from _names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _names(inner)


class _Mapper:
    """Reads elements as their schema says."""

    def __init__(self, document: Document, types: Mapping[str, Schema]) -> None:
        self._document, self._types = document, types
        self._depth = 0

    def json(self, element: Element, schema: Schema) -> str:
        """One element's value."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable(f"it is nested deeper than {DEEPEST} levels")
        schema = self._chosen(element, schema)
        if _is_array(schema):
            value = self._list([element], schema, element.name)
        elif _is_object(schema) or (not schema and self._document.has_elements(element)):
            value = self._object(element, schema)
        else:
            value = _leaf(self._document.text(element), schema)
        self._depth -= 1
        return value

    def _object(self, element: Element, schema: Schema) -> str:
        properties = schema.get("properties", {})
        names = {name.lower(): name for name in properties}
        members = [
            (names[name], self._attribute(text, properties[names[name]]))
            for name, text in element.attributes.items()
            if name in names
        ]
        groups: dict[str, list[Element]] = {}
        for child in self._document.elements(element):
            groups.setdefault(child.name, []).append(child)
        for name, group in groups.items():
            if name in names:
                members += self._field(names[name], group, properties[names[name]])
            else:
                members += [self._entry(one, _other_members(schema)) for one in group]
        return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}"

    def _attribute(self, text: str, schema: Schema) -> str:
        return _leaf(text, _by_text(text, self._choices(schema)))

    def _field(self, name: str, group: list[Element], schema: Schema) -> list[tuple[str, str]]:
        arrays = [one for one in self._choices(schema) if _is_array(one)]
        if arrays and len(group) > 1:
            return [(name, self._list(group, arrays[0], name.lower()))]
        return [(name, self.json(one, schema)) for one in group]  # two of them: a key that stands twice

    def _entry(self, element: Element, schema: Any) -> tuple[str, str]:
        """A member that is no field: of a dictionary, or of nothing, and then the type refuses it by its name."""
        if not schema:
            return element.written, "null"
        inner = schema if isinstance(schema, Mapping) else {}
        if element.name in _ENTRY_NAMES and self._document.has_elements(element):
            key, *values = self._document.elements(element)
            if (key.name, [one.name for one in values]) == ("key", ["value"]):
                return self._document.text(key), self.json(values[0], inner)
        return element.written, self.json(element, inner)

    def _list(self, group: Sequence[Element], schema: Schema, name: str) -> str:
        first, rest = schema.get("prefixItems", []), schema.get("items") or {}
        items = self._items(group[0], first[0] if first else rest, name) if len(group) == 1 else group
        kinds = [*first[: len(items)], *[rest] * (len(items) - len(first))]
        return "[" + ",".join(self.json(one, kind) for one, kind in zip(items, kinds, strict=True)) + "]"

    def _items(self, element: Element, schema: Schema, name: str) -> Sequence[Element]:
        """Of a list in one element: none, the elements within it, or the element itself."""
        if not self._document.has_elements(element):
            return [element] if self._document.text(element) else []
        inner = self._document.elements(element)
        choices = self._choices(schema)
        fields = {field.lower() for one in choices for field in one.get("properties", {})}
        if len(names := {one.name for one in inner}) > 1 or names & fields:
            return [element]
        if any(_is_array(one) for one in choices) and not all(self._is_list(one) for one in inner):
            return [element]
        (item,) = names
        if fields or item in _ITEM_NAMES or name in (item, item + "s", item + "es", item[:-1] + "ies"):
            return inner
        if any(_is_object(one) for one in choices):
            return [element]
        raise Unreadable(
            f"<{name[:_SHOWN_NAME]}> holds <{item[:_SHOWN_NAME]}>: write it again for each item of the list"
        )

    def _is_list(self, element: Element) -> bool:
        return self._document.has_elements(element) or not self._document.text(element)

    def _chosen(self, element: Element, schema: Schema) -> Schema:
        """Of a schema's choices the one that the element can be."""
        choices = self._choices(schema)
        if len(choices) == 1:
            return choices[0]
        if not self._document.has_elements(element):
            return _by_text(self._document.text(element), choices)
        inner = self._document.elements(element)
        objects = [one for one in choices if _is_object(one)]
        fitting = [one for one in objects if self._could_be(inner, one)]
        return [*fitting, *(one for one in choices if _is_array(one)), *objects, *choices][0]

    def _could_be(self, inner: Sequence[Element], schema: Schema) -> bool:
        properties = {name.lower(): kind for name, kind in schema.get("properties", {}).items()}
        names = {one.name for one in inner}
        if not {name.lower() for name in schema.get("required", ())} <= names:
            return False
        if not _other_members(schema) and not names <= properties.keys():
            return False
        fixed = [one for one in inner if "const" in properties.get(one.name, {})]
        return all(self._document.text(one) == str(properties[one.name]["const"]) for one in fixed)

    def _choices(self, schema: Schema) -> list[Schema]:
        """What a schema allows: itself, or each of its choices, without references."""
        while "$ref" in schema:
            schema = self._types[schema["$ref"].rpartition("/")[2]]
        if len(schema.get("allOf", ())) == 1:
            return self._choices({**schema["allOf"][0], **{name: schema[name] for name in schema if name != "allOf"}})
        choices = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(kinds := schema.get("type"), list):
            choices = [{**schema, "type": kind} for kind in kinds]
        return [inner for one in choices for inner in self._choices(one)] if choices else [schema]


def _other_members(schema: Schema) -> Any:
    """What the members of an object may be that are no fields."""
    patterns = schema.get("patternProperties", {})
    return next(iter(patterns.values()), schema.get("additionalProperties", not schema))


def _is_array(schema: Schema) -> bool:
    return schema.get("type") == "array"


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" or "properties" in schema


def _by_text(text: str, choices: Sequence[Schema]) -> Schema:
    """The choice that a text can be: a string only where it can be nothing else, or would lose digits as a number."""
    fixed = [one for one in choices if not _is_array(one) and not _is_object(one)]
    strings = [one for one in fixed if one.get("type") == "string"]
    exact = [one for one in fixed if _literal(text, one) is not None]
    if strings and len(text) > _EXACT_DIGITS and "." in text:
        exact = []
    empty = [one for one in choices if not text and one not in fixed]
    return [*exact, *strings, *empty, *choices][0]


def _leaf(text: str, schema: Schema) -> str:
    """A text as JSON; what is not as its schema wants it is a string, and the type says what is wrong."""
    literal = _literal(text, schema)
    return json.dumps(text) if literal is None else literal


def _literal(text: str, schema: Schema) -> str | None:
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return next(
            (json.dumps(one) for one in values if text == (one if isinstance(one, str) else json.dumps(one))), None
        )
    kind = schema.get("type")
    if (text == "null" and kind in ("null", None)) or (not text and kind == "null"):
        return "null"
    if kind in ("boolean", None) and text.lower() in ("true", "false"):
        return text.lower()
    return text if kind in ("number", "integer", None) and NUMBER.fullmatch(text) else None
