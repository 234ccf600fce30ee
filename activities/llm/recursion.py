"""Types inside themselves, unrolled to a few levels: a small model under a grammar would go deeper until it is cut."""

from collections.abc import Mapping
from typing import Any

from activities.llm.schemas import LISTED, Schema, target
from activities.llm.subsets import recursive_types

_LEVELS = 2
"""Each type in itself once, where that is deep enough for a value to end."""


def without_recursion(schema: Schema) -> Schema:
    """The schema with `T-1`, `T-2`, ... for each recursive type T, where the last one holds no further T.

    A value of each type needs no more levels than there are recursive types.
    """
    recursive = recursive_types(schema)
    for levels in range(_LEVELS, max(_LEVELS, len(recursive)) + 1):
        unrolled = _Unrolling(schema, recursive, levels).whole()
        if unrolled is not None:
            return unrolled
    return schema  # no value ends, so nothing can be saved


class _Unrolling:
    """One way to unroll a schema: to so many levels."""

    def __init__(self, schema: Schema, recursive: frozenset[str], levels: int) -> None:
        self._schema, self._recursive, self._levels = schema, recursive, levels
        self._types: Schema = {}

    def whole(self) -> Schema | None:
        """The schema without recursion; None where so few levels leave no value."""
        for level in range(self._levels, 0, -1):  # the deepest first: what it cannot hold, those above leave out
            for name in sorted(self._recursive):
                one = self._cut(self._schema["$defs"][name], level + 1)
                if one is not None:
                    self._types[f"{name}-{level}"] = one
        for name, type_ in self._schema.get("$defs", {}).items():
            if name not in self._recursive:
                self._types[name] = self._cut(type_, 1)
        top = self._cut({name: value for name, value in self._schema.items() if name != "$defs"}, 1)
        if top is None or None in self._types.values():
            return None
        return {**top, "$defs": self._types} if self._types else top

    def _cut(self, node: Any, level: int) -> Any:
        """A schema whose recursive types are those of `level`; None where it has no value without one that is not."""
        if not isinstance(node, Mapping):
            return node
        if "$ref" in node:
            return self._reference(node, level)
        cut = dict(node)
        for name in LISTED:
            if name in node:
                cut[name] = [one for one in (self._cut(one, level) for one in node[name]) if one is not None]
                if len(cut[name]) < (1 if name in ("anyOf", "oneOf") else len(node[name])):
                    return None
        if "properties" in node and not self._cut_fields(cut, level):
            return None
        if "items" in node and (items := self._cut(node["items"], level)) != node["items"]:
            cut |= {"items": items} if items is not None else {"items": {}, "maxItems": 0}
        if isinstance(node.get("additionalProperties"), Mapping):
            cut["additionalProperties"] = self._cut(node["additionalProperties"], level) or False
        return None if cut.get("maxItems") == 0 and cut.get("minItems", 0) > 0 else cut

    def _reference(self, node: Mapping[str, Any], level: int) -> Schema | None:
        name = target(node["$ref"])
        if name not in self._recursive:
            return dict(node)
        levelled = f"{name}-{level}"
        return {**node, "$ref": f"#/$defs/{levelled}"} if levelled in self._types else None

    def _cut_fields(self, cut: Schema, level: int) -> bool:
        """Leave out the fields that have no value; False where one of them is required."""
        fields = {name: self._cut(one, level) for name, one in cut["properties"].items()}
        cut["properties"] = {name: one for name, one in fields.items() if one is not None}
        return not any(fields[name] is None for name in cut.get("required", ()) if name in fields)
