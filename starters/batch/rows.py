"""The rows of a CSV or JSON Lines file, one after the other: however long it is, only one row is held at a time."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from contracts.processes import Process
from starters.batch.columns import Columns
from starters.failures import BAD_INPUT, Failure
from starters.requests import LARGEST, parse_object

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One row's input, not yet checked. `line`: where it begins in the file, from 1."""

    line: int
    given: dict[str, Any]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot start a run, and why. Never holds the row's values: they may be secrets."""

    line: int
    problem: str


def read_rows(path: Path, process: Process) -> Iterator[Row | BadRow]:
    """The rows of a file that ends in `.csv` or `.jsonl`; empty lines are none. Raises Failure for the whole file."""
    read = {".csv": _csv_rows, ".jsonl": _jsonl_rows}.get(path.suffix.lower())
    if read is None:
        raise Failure(BAD_INPUT, f"{path} is no file of rows: its name must end in .csv or .jsonl")
    try:
        with path.open("rb") as file:
            encoding = "utf-16" if file.read(2) in _UTF16 else "utf-8-sig"
        # What is not UTF-8 arrives as lone surrogates: the row is bad then, and the others are not.
        errors = "strict" if encoding == "utf-16" else "surrogateescape"
        with path.open(encoding=encoding, errors=errors, newline="") as text:
            yield from read(path, text, process)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name, or text that is no UTF-16 after all
        reason = error.strerror if isinstance(error, OSError) else error
        raise Failure(BAD_INPUT, f"{path} cannot be read: {reason}") from None


def _jsonl_rows(path: Path, file: TextIO, process: Process) -> Iterator[Row | BadRow]:
    for line, text in enumerate(_lines(file), 1):
        if not text.strip():
            continue
        try:
            yield Row(line, parse_object(text.encode("utf-8", "surrogateescape"), "the row"))
        except Failure as failure:
            # Its first and only line is this one of the file.
            yield BadRow(line, failure.line.replace(" at line 1,", " at"))


def _csv_rows(path: Path, file: TextIO, process: Process) -> Iterator[Row | BadRow]:
    csv.field_size_limit(LARGEST)
    lines = _lines(file)
    above, header = next(((n, line) for n, line in enumerate(lines, 1) if line.strip()), (0, ""))
    delimiter = max(_DELIMITERS, key=header.count)
    columns = Columns(path, process, next(csv.reader([header], delimiter=delimiter), []))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = above + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line, f"is no CSV: {error}")
            continue
        # What spreadsheets leave behind below a table is no row.
        if any(cell.strip() for cell in cells):
            yield _checked(line, cells, columns)


def _checked(line: int, cells: list[str], columns: Columns) -> Row | BadRow:
    try:
        return Row(line, columns.read(cells))
    except ValueError as error:
        return BadRow(line, str(error))


def _lines(file: TextIO) -> Iterator[str]:
    """Lines with their ends. Of one that is too long only the beginning, which is too long for a row as well."""
    while line := file.readline(LARGEST + 1):
        rest = line
        while len(rest) > LARGEST and not rest.endswith(("\n", "\r")):
            rest = file.readline(LARGEST + 1)
        yield line
