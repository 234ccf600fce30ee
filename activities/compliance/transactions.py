"""A transaction, and how a row of a file becomes one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from activities.compliance.amounts import read_amount
from contracts.compliance.rules import CheckRules
from contracts.money import places_of

COLUMNS = (
    "id",
    "booked_at",
    "account",
    "customer",
    "kind",
    "amount",
    "currency",
    "counterparty",
    "country",
    "document",
    "entered_by",
    "approved_by",
    "refers_to",
)
"""Each file has these, in any order; it may have others, which nobody reads."""

NEEDED = ("id", "booked_at", "account", "customer", "kind", "amount", "currency", "entered_by")
"""Those that no row may leave empty."""

LONGEST_CELL = 200


class Kind(StrEnum):
    """What happened."""

    CASH_DEPOSIT = "cash-deposit"
    CASH_WITHDRAWAL = "cash-withdrawal"
    PAYMENT = "payment"
    """Goes out, to the counterparty."""
    RECEIPT = "receipt"
    """Comes in, from the counterparty."""
    REFUND = "refund"
    """Gives back what `refers_to` names, or a part of it."""


CASH = (Kind.CASH_DEPOSIT, Kind.CASH_WITHDRAWAL)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row that can be right. `worth`: in the report's currency, to its smallest unit."""

    id: str
    line: int
    day: date
    account: str
    customer: str
    kind: Kind
    amount: Decimal
    currency: str
    worth: Decimal
    counterparty: str
    country: str
    document: str
    entered_by: str
    approved_by: str
    refers_to: str


_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::\d{2})?)?$")


def read_transaction(cells: Mapping[str, str], line: int, rules: CheckRules, zone: ZoneInfo) -> Transaction:
    """A row's cells, by column. Raises ValueError, which says what is wrong with it."""
    clean = {column: " ".join(cells[column].split()) for column in COLUMNS}
    for column, text in clean.items():
        if not text and column in NEEDED:
            raise ValueError(f"{column} is empty")
        if len(text) > LONGEST_CELL or not text.isprintable():
            raise ValueError(f"{column} is longer than {LONGEST_CELL} characters, or holds some that nobody can see")
    kind, currency = _kind(clean["kind"]), _currency(clean["currency"], rules)
    amount = _amount(clean["amount"], currency, kind)
    return Transaction(
        id=clean["id"],
        line=line,
        day=read_day(clean["booked_at"], zone),
        account=clean["account"],
        customer=clean["customer"],
        kind=kind,
        amount=amount,
        currency=currency,
        worth=_worth(amount, currency, rules),
        counterparty=clean["counterparty"],
        country=_country(clean["country"]),
        document=clean["document"],
        entered_by=clean["entered_by"],
        approved_by=clean["approved_by"],
        refers_to=clean["refers_to"],
    )


def read_day(written: str, zone: ZoneInfo) -> date:
    """The day in `zone` of `2026-07-03T23:30:00-05:00`, `2026-07-03 14:05`, `2026-07-03` or `03.07.2026 14:05`.

    A time without an offset is of that zone. Dates with slashes mean another day on the other side of the Atlantic:
    they are refused. Raises ValueError.
    """
    try:
        if dotted := _DOTTED.match(written):
            day, month, year, hour, minute = (int(part or 0) for part in dotted.groups())
            moment = datetime(year, month, day, hour, minute)
        else:
            moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(
            f"booked_at: {written!r} is no time that reads in one way (write it as 2026-07-03T14:05)"
        ) from None
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def _kind(written: str) -> Kind:
    try:
        return Kind(written.casefold().replace("_", "-").replace(" ", "-"))
    except ValueError:
        raise ValueError(f"kind: {written!r} is none of {', '.join(Kind)}") from None


def _currency(written: str, rules: CheckRules) -> str:
    code = written.upper()
    if code != rules.currency and code not in rules.rates:
        raise ValueError(f"currency: the rules have no rate for {written!r}")
    return code


def _country(written: str) -> str:
    code = written.upper()
    if code and not re.fullmatch("[A-Z]{2}", code):
        raise ValueError(f"country: {written!r} is no code of two letters (ISO 3166-1)")
    return code


def _amount(written: str, currency: str, kind: Kind) -> Decimal:
    amount = read_amount(written, currency)
    if amount == 0:
        raise ValueError("amount is zero")
    if amount < 0 and kind is not Kind.REFUND:
        raise ValueError(f"amount: {written!r} is negative, and only a refund may be")
    return abs(amount)


def _worth(amount: Decimal, currency: str, rules: CheckRules) -> Decimal:
    rate = rules.rates.get(currency, Decimal(1)) if currency != rules.currency else Decimal(1)
    return (amount * rate).quantize(Decimal(1).scaleb(-places_of(rules.currency)), ROUND_HALF_UP)
