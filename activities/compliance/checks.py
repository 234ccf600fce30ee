"""The eight checks: each a pure function of transactions and rules, as `contracts.compliance.rules` words them."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from activities.compliance.names import same_name
from activities.compliance.transactions import CASH, Kind, Transaction
from contracts.compliance.rules import CheckKind, CheckRules

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Found:
    """What a check found: whom it is about, what it is, and which transactions show it."""

    party: str
    what: str
    rows: tuple[Transaction, ...]
    notes: dict[str, str] = field(default_factory=dict)
    """By a transaction's id, what is wrong with this one."""


@dataclass(frozen=True)
class Book:
    """What the checks look at: the period's transactions, and all of the file's by id, for what they refer to."""

    rows: Sequence[Transaction]
    by_id: dict[str, Transaction]

    def of(self, *kinds: Kind) -> list[Transaction]:
        """Those of these kinds, the oldest first."""
        return sorted((row for row in self.rows if row.kind in kinds), key=lambda row: (row.day, row.line))


@dataclass(frozen=True)
class Check:
    """One check: the transactions that its rule can apply to, and what it finds among them."""

    applies: Callable[[Book], Sequence[Transaction]]
    find: Callable[[Book, CheckRules], Iterable[Found]]


def large_cash(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Cash of the threshold or more that names no document."""
    for row in book.of(*CASH):
        if row.worth >= rules.cash_threshold and not row.document:
            yield Found(row.customer, f"{row.kind.replace('-', ' ')} without a document", (row,))


def structuring(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Deposits to one account, each below the threshold, that come to it within days; what overlaps is one finding."""
    small = (row for row in book.of(Kind.CASH_DEPOSIT) if row.worth < rules.cash_threshold)
    for deposits in _grouped(small, lambda row: row.account).values():
        together: list[Transaction] = []
        for first in deposits:
            last = first.day + timedelta(days=rules.structuring_days - 1)
            window = [row for row in deposits if first.day <= row.day <= last]
            if len(window) < rules.structuring_count or _sum(window) < rules.cash_threshold:
                continue
            if together and not set(together) & set(window):
                yield _pattern(together)
                together = []
            together = list(dict.fromkeys([*together, *window]))
        if together:
            yield _pattern(together)


def _pattern(rows: list[Transaction]) -> Found:
    return Found(rows[0].customer, "cash deposits below the threshold, one soon after the other", tuple(rows))


def watch_list(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Customers and counterparties on the list, each with all that they took part in."""
    listed = {same_name(name) for name in rules.watch_list}
    hits: dict[str, list[Transaction]] = defaultdict(list)
    written: dict[str, str] = {}
    for row in book.rows:
        for party in dict.fromkeys((row.customer, row.counterparty)):
            if party and (key := same_name(party)) in listed:
                hits[key].append(row)
                written.setdefault(key, party)
    for key, rows in hits.items():
        yield Found(written[key], "a name on the watch list", tuple(rows))


def country(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Counterparties in one of the countries."""
    risky = (row for row in book.rows if row.country in rules.countries)
    for rows in _grouped(risky, lambda row: (same_name(row.counterparty), row.country)).values():
        yield Found(
            rows[0].counterparty or rows[0].customer, f"a counterparty in country {rows[0].country}", tuple(rows)
        )


def missing_paper(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Payments of the threshold or more that name no document."""
    for row in book.of(Kind.PAYMENT):
        if row.worth >= rules.paper_threshold and not row.document:
            yield Found(row.counterparty or row.customer, "a payment that names no document", (row,))


def duplicate(book: Book, rules: CheckRules) -> Iterator[Found]:
    """The same amount for the same document to the same counterparty, within days; what was refunded does not count."""
    refunded = {row.refers_to for row in book.by_id.values() if row.kind is Kind.REFUND}
    papers = (row for row in book.of(Kind.PAYMENT) if row.document and row.id not in refunded)
    same = _grouped(
        papers, lambda row: (same_name(row.counterparty), row.document.casefold(), row.currency, row.amount)
    )
    for rows in same.values():
        near: list[Transaction] = []
        for row in rows:
            if near and row.day - near[-1].day > timedelta(days=rules.duplicate_days):
                yield from _repeated(near)
                near = []
            near.append(row)
        yield from _repeated(near)


def _repeated(rows: list[Transaction]) -> Iterator[Found]:
    if len(rows) > 1:
        yield Found(rows[0].counterparty, "the same amount paid again for the same document", tuple(rows))


def refund(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Refunds of nothing that the file knows, or of more than there was."""
    refunds = sorted(
        (row for row in book.by_id.values() if row.kind is Kind.REFUND), key=lambda row: (row.day, row.line)
    )
    for of, rows in _grouped(refunds, lambda row: row.refers_to).items():
        in_period = tuple(row for row in rows if row in set(book.rows))
        original = book.by_id.get(of)
        if not in_period:
            continue
        if original is None or original.kind is Kind.REFUND:
            for row in in_period:
                yield Found(row.counterparty or row.customer, "a refund of nothing that the file knows", (row,))
        elif _sum(rows) > original.worth:
            notes = {original.id: "what is refunded"}
            party = rows[0].counterparty or rows[0].customer
            yield Found(party, "refunds of more than what they refund", (original, *in_period), notes)


def self_approved(book: Book, rules: CheckRules) -> Iterator[Found]:
    """Payments that whoever had entered them approved, or nobody: by person."""
    payments = book.of(Kind.PAYMENT)
    own = (row for row in payments if same_name(row.entered_by) == same_name(row.approved_by))
    nobody = (row for row in payments if not row.approved_by)
    for rows in _grouped(own, lambda row: same_name(row.entered_by)).values():
        yield Found(rows[0].entered_by, "entered and approved by the same person", tuple(rows))
    for rows in _grouped(nobody, lambda row: same_name(row.entered_by)).values():
        yield Found(rows[0].entered_by, "entered, and approved by nobody", tuple(rows))


CHECKERS: dict[CheckKind, Check] = {
    CheckKind.LARGE_CASH: Check(lambda book: book.of(*CASH), large_cash),
    CheckKind.STRUCTURING: Check(lambda book: book.of(Kind.CASH_DEPOSIT), structuring),
    CheckKind.WATCH_LIST: Check(lambda book: book.rows, watch_list),
    CheckKind.COUNTRY: Check(lambda book: book.rows, country),
    CheckKind.MISSING_PAPER: Check(lambda book: book.of(Kind.PAYMENT), missing_paper),
    CheckKind.DUPLICATE: Check(lambda book: book.of(Kind.PAYMENT), duplicate),
    CheckKind.REFUND: Check(lambda book: book.of(Kind.REFUND), refund),
    CheckKind.SELF_APPROVED: Check(lambda book: book.of(Kind.PAYMENT), self_approved),
}


def _grouped(rows: Iterable[Transaction], key: Callable[[Transaction], K]) -> dict[K, list[Transaction]]:
    groups: dict[K, list[Transaction]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _sum(rows: Iterable[Transaction]) -> Decimal:
    return sum((row.worth for row in rows), Decimal(0))
