"""What the cells of a CSV file mean: the header names fields of the process's input (`budget.usd` a field of a field),
and their schema says how a cell is read."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from contracts.processes import Process
from starters.failures import BAD_INPUT, Failure
from starters.requests import parse_json

Read = Callable[[str], Any]
Schema = dict[str, Any]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_CURRENCY = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])|[$\u00a2-\u00a5\u20a0-\u20cf]")
"""A code like EUR, or a sign."""
_SHOWN = 12
"""Field names in a message."""


class _Column(NamedTuple):
    path: tuple[str, ...]
    read: Read

    @property
    def name(self) -> str:
        return ".".join(self.path)


class Columns:
    """Reads the rows of one file."""

    def __init__(self, path: Path, process: Process, header: Sequence[str]) -> None:
        """Raises Failure for a header that this process's input cannot be read from."""
        names = [name.strip() for name in header]
        self._schema: Schema = process.input.model_json_schema()
        self._columns = [self._column(path, process, tuple(name.split("."))) for name in names]
        _check(path, names)

    def read(self, cells: Sequence[str]) -> dict[str, Any]:
        """The row's input: an empty cell leaves its field out. Raises ValueError, which names the field."""
        if len(cells) != len(self._columns):
            raise ValueError(f"has {len(cells)} cells, but the header has {len(self._columns)}")
        given: dict[str, Any] = {}
        for column, cell in zip(self._columns, cells, strict=True):
            if text := _text(column.name, cell):
                _put(given, column.path, _value(column, text))
        return given

    def _column(self, path: Path, process: Process, field: tuple[str, ...]) -> _Column:
        found: list[Schema] = [self._schema]
        for name in field:
            inside = [one["properties"][name] for schema in found for one in self._kinds(schema) if _has(one, name)]
            if not inside:
                known = ", ".join(list(self._schema["properties"])[:_SHOWN])
                wrong = f'{path} has a column "{".".join(field)}", and {process.name} no such field'
                raise Failure(BAD_INPUT, f"{wrong}; it has: {known}; see `signoff schema {process.name}`")
            found = inside
        return _Column(field, _reader([one for schema in found for one in self._kinds(schema)]))

    def _kinds(self, schema: Schema) -> Iterator[Schema]:
        """What a value may be, with references followed."""
        if "$ref" in schema:
            yield from self._kinds(self._schema["$defs"][schema["$ref"].rpartition("/")[2]])
        elif several := schema.get("anyOf") or schema.get("oneOf"):
            for one in several:
                yield from self._kinds(one)
        else:
            yield schema


def _check(path: Path, names: list[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Failure(BAD_INPUT, f'{path} has the column "{twice}" twice')
    if inner := next((name for name in names if any(name.startswith(f"{other}.") for other in names)), None):
        raise Failure(BAD_INPUT, f'{path} has the column "{inner}" beside one for all of "{inner.partition(".")[0]}"')


def _has(schema: Schema, name: str) -> bool:
    return name in schema.get("properties", {})


def _text(name: str, cell: str) -> str:
    if any("\ud800" <= c <= "\udfff" for c in cell):
        raise ValueError(f"{name}: is not UTF-8 text; save the file as UTF-8")
    return cell.strip()


def _value(column: _Column, text: str) -> Any:
    try:
        return column.read(text)
    except ValueError as error:
        raise ValueError(f"{column.name}: {error}") from None


def _put(given: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        given = given.setdefault(name, {})
    given[path[-1]] = value


def _reader(kinds: list[Schema]) -> Read:
    types = {str(kind.get("type")) for kind in kinds}
    if types & {"array", "object"}:
        return lambda text: parse_json(text) if text[0] in "[{" else text
    if "number" in types:
        # As text, where the field takes it: money stays exact.
        return _exact if "string" in types else lambda text: float(_exact(text))
    if "integer" in types:
        return _whole
    if "boolean" in types:
        return _boolean
    if any(kind.get("format") == "duration" for kind in kinds):
        return lambda text: float(text) if _NUMBER.fullmatch(text) else text
    return lambda text: text


def _exact(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text
    if found := _CURRENCY.search(text):
        raise ValueError(f"{found[0]} is a currency: give the amount in the field's own, as a plain number like 12.5")
    raise ValueError("must be a plain number like 1200.5, with a point and nothing between thousands")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("must be a whole number like 1200")
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return text.lower() == "true"
