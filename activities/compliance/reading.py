"""Reading a file of transactions as a stream; what cannot be right is named by its line."""

import csv
import hashlib
from collections.abc import Iterator
from typing import BinaryIO
from zoneinfo import ZoneInfo

from activities.compliance.transactions import COLUMNS, Transaction, read_transaction
from contracts.compliance.findings import CheckTransactions, InputFile, NamedRow, RowCounts
from contracts.errors import ToolFailed

MOST_ROWS = 1_000_000

_DELIMITERS = ",;\t"


class Lines:
    """A file's lines as text, digested as they pass. Raises ToolFailed where they are no UTF-8."""

    def __init__(self, source: BinaryIO, path: str) -> None:
        self._source, self._path = source, path
        self._sha256 = hashlib.sha256()
        self._bytes = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._source, start=1):
            self._sha256.update(line)
            self._bytes += len(line)
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise ToolFailed(f"{self._path} is not UTF-8 text (line {number}): save it as UTF-8") from None

    def file(self) -> InputFile:
        """What has passed."""
        return InputFile(path=self._path, sha256=self._sha256.hexdigest(), bytes=self._bytes)


class Ledger:
    """A file's transactions: those of the period, all that there are by id, and the rows that are neither."""

    def __init__(self, request: CheckTransactions) -> None:
        self._request = request
        self._zone = ZoneInfo(request.rules.timezone)
        self.checked: list[Transaction] = []
        self.by_id: dict[str, Transaction] = {}
        self.not_checked: list[NamedRow] = []
        self._cells: dict[str, tuple[str, ...]] = {}
        self._rows = self._unreadable = self._repeated = self._outside = 0

    @property
    def counts(self) -> RowCounts:
        """What became of the rows."""
        return RowCounts(
            rows=self._rows,
            checked=len(self.checked),
            unreadable=self._unreadable,
            repeated=self._repeated,
            outside=self._outside,
        )

    def read(self, source: BinaryIO) -> InputFile:
        """Read all of it. Raises ToolFailed: no transactions, or none that can be told from one another."""
        lines = Lines(source, self._request.path)
        try:
            for line, cells in _rows(iter(lines), self._request.path):
                self._take(line, cells)
        except csv.Error as error:
            raise ToolFailed(f"{self._request.path} is no CSV: {error}") from None
        if not self._rows:
            raise ToolFailed(f"{self._request.path} has no rows below its first line: there is nothing to report on")
        return lines.file()

    def _take(self, line: int, cells: dict[str, str] | str) -> None:
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise ToolFailed(f"{self._request.path} has more than {MOST_ROWS:,} rows: take a shorter period")
        try:
            if isinstance(cells, str):
                raise ValueError(cells)
            self._enter(read_transaction(cells, line, self._request.rules, self._zone), tuple(cells.values()))
        except ValueError as problem:
            self._unreadable += 1
            self.not_checked.append(NamedRow(line=line, why=str(problem)[:300]))

    def _enter(self, row: Transaction, cells: tuple[str, ...]) -> None:
        """Raises ValueError: its id has been used for something else."""
        if before := self.by_id.get(row.id):
            if self._cells[row.id] != cells:
                raise ValueError(f"id {row.id!r} stands on line {before.line} already, for something else")
            self._repeated += 1
            self.not_checked.append(NamedRow(line=row.line, why=f"repeats line {before.line}, letter by letter"))
            return
        self.by_id[row.id], self._cells[row.id] = row, cells
        if self._request.starts <= row.day <= self._request.ends:
            self.checked.append(row)
        else:
            self._outside += 1


def _rows(lines: Iterator[str], path: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Each row that is not empty, with the line at which it begins; where it has no cells, why."""
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=first.count)
    header = [name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if missing := [column for column in COLUMNS if header.count(column) != 1]:
        raise ToolFailed(f"{path} cannot be checked: its first line must name the column {missing[0]!r}, once")
    reader, ended = csv.reader(lines, delimiter=delimiter, strict=True), 0
    for cells in reader:
        line, ended = ended + 2, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) == len(header):
            yield line, dict(zip(header, cells, strict=True))
        else:
            yield line, f"has {len(cells)} cells, and the first line has {len(header)}"
