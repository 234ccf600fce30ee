"""The eight checks: what each of them looks for, and the figures that it goes by."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.crm import Line
from contracts.money import in_words
from contracts.zones import Zone

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A code of ISO 4217."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""A code of ISO 3166-1."""

Amount = Annotated[Decimal, Field(gt=0, le=10**12, allow_inf_nan=False)]


class CheckKind(StrEnum):
    """What a check looks for. Every report makes all of them, in this order."""

    LARGE_CASH = "large-cash"
    STRUCTURING = "structuring"
    WATCH_LIST = "watch-list"
    COUNTRY = "country"
    MISSING_PAPER = "missing-paper"
    DUPLICATE = "duplicate"
    REFUND = "refund"
    SELF_APPROVED = "self-approved"


class CheckRules(BaseModel):
    """The figures that the checks go by. Amounts are in `currency`; days are those of `timezone`."""

    model_config = ConfigDict(frozen=True)

    currency: Currency = Field(default="EUR", description="the report's currency")
    rates: dict[Currency, Amount] = Field(
        default={}, max_length=200, description="what one unit of another currency is worth in the report's"
    )
    timezone: Zone = Field(default="UTC", description="IANA name; times without an offset are of this zone")
    cash_threshold: Amount = Field(default=Decimal(10_000), description="cash from here on is reported")
    structuring_days: int = Field(default=3, ge=1, le=31, description="days within which cash is added up")
    structuring_count: int = Field(default=3, ge=2, le=100, description="so many cash deposits make a pattern")
    paper_threshold: Amount = Field(default=Decimal(1_000), description="payments from here on need a document")
    duplicate_days: int = Field(default=7, ge=1, le=366, description="days within which a payment may be a repetition")
    watch_list: tuple[Line, ...] = Field(default=(), max_length=10_000, description="names nobody is to deal with")
    countries: tuple[Country, ...] = Field(
        default=("IR", "KP", "MM"), max_length=250, description="countries under a call for action (FATF)"
    )


@dataclass(frozen=True)
class CheckText:
    """A check in words. `signs`: how a text says that it speaks of it; `*` stands for any ending."""

    title: str
    signs: tuple[str, ...]
    rule: Callable[[CheckRules], str]


def _money(amount: Decimal, rules: CheckRules) -> str:
    return in_words(amount, rules.currency)


CHECKS: dict[CheckKind, CheckText] = {
    CheckKind.LARGE_CASH: CheckText(
        "Large cash",
        ("large cash",),
        lambda r: (
            f"A cash deposit or withdrawal of {_money(r.cash_threshold, r)} or more that names no document. "
            "After Regulation (EU) 2024/1624, Article 80, and 31 CFR 1010.311."
        ),
    ),
    CheckKind.STRUCTURING: CheckText(
        "Structuring",
        ("structur*",),
        lambda r: (
            f"At least {r.structuring_count} cash deposits to one account within {r.structuring_days} days, each "
            f"below {_money(r.cash_threshold, r)}, that come to it or to more together. After 31 USC 5324."
        ),
    ),
    CheckKind.WATCH_LIST: CheckText(
        "Watch list",
        ("watch list", "watch-list", "watchlist"),
        lambda r: (
            "A customer or a counterparty whose name stands on the watch list, whatever its spelling in capitals, "
            f"accents, legal form and order of words. The list has {len(r.watch_list):,} names."
        ),
    ),
    CheckKind.COUNTRY: CheckText(
        "Country",
        ("countr*",),
        lambda r: f"A counterparty in a country under a call for action (FATF): {', '.join(r.countries) or 'none'}.",
    ),
    CheckKind.MISSING_PAPER: CheckText(
        "Missing paper",
        ("missing paper*", "missing document*"),
        lambda r: f"A payment that goes out, of {_money(r.paper_threshold, r)} or more, that names no document.",
    ),
    CheckKind.DUPLICATE: CheckText(
        "Duplicate payment",
        ("duplicate*",),
        lambda r: (
            f"Payments to one counterparty of the same amount, for the same document, within {r.duplicate_days} days, "
            "that were not refunded."
        ),
    ),
    CheckKind.REFUND: CheckText(
        "Refund",
        ("refund*",),
        lambda r: (
            "A refund of a transaction that is not in the file, or refunds that come to more than what they refund."
        ),
    ),
    CheckKind.SELF_APPROVED: CheckText(
        "Self-approved",
        ("self-approv*", "self approv*"),
        lambda r: "A payment that goes out, approved by whoever had entered it, or by nobody.",
    ),
}
"""All of them, in a report's order; what a rule comes from stands in its words."""
