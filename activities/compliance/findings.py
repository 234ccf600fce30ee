"""From a file of transactions to what all checks found in it."""

from decimal import Decimal
from typing import BinaryIO

from activities.compliance.checks import CHECKERS, Book, Found
from activities.compliance.reading import Ledger
from activities.compliance.transactions import Transaction
from contracts.compliance.findings import (
    MOST_EVIDENCE,
    MOST_FINDINGS,
    MOST_NAMED,
    AuditFinding,
    CheckedTransactions,
    CheckRecord,
    CheckTransactions,
    EvidenceRow,
)
from contracts.compliance.rules import CheckKind
from contracts.errors import ToolFailed


def check_file(source: BinaryIO, request: CheckTransactions) -> CheckedTransactions:
    """Read it, and make every check, in order. Raises ToolFailed: too many findings for one report, and what reading
    raises."""
    ledger = Ledger(request)
    file = ledger.read(source)
    book = Book(ledger.checked, ledger.by_id)
    found: dict[CheckKind, list[Found]] = {}
    for kind in CheckKind:
        found[kind] = sorted(CHECKERS[kind].find(book, request.rules), key=lambda one: (_first(one), one.party))
    if (total := sum(map(len, found.values()))) > MOST_FINDINGS:
        most = max(found, key=lambda kind: len(found[kind]))
        raise ToolFailed(
            f"{request.path} has {total:,} findings, and a report holds {MOST_FINDINGS}: take a shorter period, or "
            f"look at the rules ({most} alone has {len(found[most]):,})"
        )
    every = [(kind, one) for kind in CheckKind for one in found[kind]]
    return CheckedTransactions(
        file=file,
        counts=ledger.counts,
        checks=tuple(_record(kind, len(CHECKERS[kind].applies(book)), found[kind]) for kind in CheckKind),
        findings=tuple(_finding(number, kind, one) for number, (kind, one) in enumerate(every, start=1)),
        not_checked=tuple(ledger.not_checked[:MOST_NAMED]),
    )


def _first(found: Found) -> tuple[str, int]:
    row = min(found.rows, key=lambda row: (row.day, row.line))
    return row.day.isoformat(), row.line


def _record(kind: CheckKind, looked_at: int, found: list[Found]) -> CheckRecord:
    # A transaction that two findings of a check share is one transaction.
    rows = {row.id: row for one in found for row in one.rows}
    return CheckRecord(
        check=kind,
        looked_at=looked_at,
        findings=len(found),
        transactions=len(rows),
        total=sum((row.worth for row in rows.values()), start=Decimal(0)),
    )


def _finding(number: int, kind: CheckKind, found: Found) -> AuditFinding:
    days = [row.day for row in found.rows]
    return AuditFinding(
        number=number,
        check=kind,
        party=found.party,
        what=found.what,
        transactions=len(found.rows),
        total=sum((row.worth for row in found.rows), start=Decimal(0)),
        first=min(days),
        last=max(days),
        evidence=tuple(_evidence(row, found.notes.get(row.id, "")) for row in found.rows[:MOST_EVIDENCE]),
    )


def _evidence(row: Transaction, note: str) -> EvidenceRow:
    return EvidenceRow(
        id=row.id,
        line=row.line,
        day=row.day,
        amount=row.amount,
        currency=row.currency,
        worth=row.worth,
        customer=row.customer,
        counterparty=row.counterparty,
        note=note,
    )
