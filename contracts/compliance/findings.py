"""What the checks found in a file of transactions, and the way to it."""

from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from temporalio import activity

from contracts.compliance.rules import CheckKind, CheckRules
from contracts.files import FilePath
from contracts.tools import ReadTool

MOST_FINDINGS = 200
MOST_EVIDENCE = 20
MOST_NAMED = 100
"""Of a report, of a finding, and of the rows that are named by line: a report crosses the wire whole."""


class CheckTransactions(BaseModel):
    """Which file, of which days, by which rules."""

    model_config = ConfigDict(frozen=True)

    path: FilePath
    starts: date
    ends: date
    rules: CheckRules = CheckRules()


class InputFile(BaseModel):
    """A file as it was read: whoever reads it again can tell whether it is the same."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="as the request names it")
    sha256: str = Field(description="of the file's bytes, in hexadecimal")
    bytes: int


class NamedRow(BaseModel):
    """A row that was not checked, and why."""

    model_config = ConfigDict(frozen=True)

    line: int = Field(description="of the file, counted from 1, at which the row begins")
    why: str


class RowCounts(BaseModel):
    """What became of the file's rows: each is in one of these numbers."""

    model_config = ConfigDict(frozen=True)

    rows: int = Field(description="in the file, without its header and empty lines")
    checked: int
    unreadable: int = Field(description="rows that cannot be right")
    repeated: int = Field(description="rows that stand in the file more than once, letter by letter")
    outside: int = Field(description="rows of days outside the period")


class CheckRecord(BaseModel):
    """That a check was made: on how many transactions, and what came of it."""

    model_config = ConfigDict(frozen=True)

    check: CheckKind
    looked_at: int = Field(description="transactions that the rule can apply to")
    findings: int
    transactions: int = Field(description="in these findings together")
    total: Decimal = Field(description="of these transactions, in the report's currency")


class EvidenceRow(BaseModel):
    """One transaction of a finding, as the file has it."""

    model_config = ConfigDict(frozen=True)

    id: str
    line: int
    day: date = Field(description="in the report's time zone")
    amount: Decimal
    currency: str
    worth: Decimal = Field(description="in the report's currency, to the cent")
    customer: str
    counterparty: str
    note: str = Field(default="", description="what is wrong with this one")


class AuditFinding(BaseModel):
    """One finding, with its evidence."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="in the report, from 1")
    check: CheckKind
    party: str = Field(description="whom it is about")
    what: str = Field(description="what was found, without its figures")
    transactions: int
    total: Decimal = Field(description="of its transactions, in the report's currency")
    first: date
    last: date
    evidence: tuple[EvidenceRow, ...] = Field(description="its transactions, the first of them where there are many")

    @property
    def name(self) -> str:
        """As the report calls it."""
        return f"F-{self.number:02}"


class CheckedTransactions(BaseModel):
    """What came of all checks. One that was not made cannot be written down here."""

    model_config = ConfigDict(frozen=True)

    file: InputFile
    counts: RowCounts
    checks: tuple[CheckRecord, ...]
    findings: tuple[AuditFinding, ...]
    not_checked: tuple[NamedRow, ...] = Field(description="the first rows that were not checked, in their order")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if [record.check for record in self.checks] != list(CheckKind):
            raise ValueError("each check must have been made, once, in order")
        return self


class TransactionsPort:
    """The way to files of transactions."""

    @activity.defn(name="transactions.check")
    async def check(self, request: CheckTransactions) -> CheckedTransactions:
        """Read a file and make all checks. Raises NotFound, ToolFailed, ToolUnavailable."""
        raise NotImplementedError


CHECK_TRANSACTIONS = ReadTool(TransactionsPort.check, at_most=1)
