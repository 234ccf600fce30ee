"""Costs in many currencies: exact, and converted so that rounding never makes one look cheaper than it is."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A code of ISO 4217."""

NO_MINOR_UNIT = frozenset({"IDR", "JPY", "KRW", "VND"})
"""Quoted in whole units here. ISO 4217 gives the rupiah two digits, which nobody has used for decades."""


class Cost(BaseModel):
    """So much of one currency."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal = Field(ge=0)
    currency: Currency

    def __str__(self) -> str:
        return f"{self.amount:,.{digits_of(self.currency)}f} {self.currency}"

    def times(self, count: int) -> "Cost":
        """So many of it."""
        return Cost(amount=self.amount * count, currency=self.currency)


class ExchangeRates(BaseModel):
    """How much of each currency one euro is worth, on a day."""

    model_config = ConfigDict(frozen=True)

    as_of: date
    per_euro: Mapping[Currency, Decimal]


class NoRate(Exception):
    """There is no rate for a currency; the message names it."""


def digits_of(currency: str) -> int:
    """Digits behind the point in which a currency is counted here."""
    return 0 if currency in NO_MINOR_UNIT else 2


def rounded_up(amount: Decimal, currency: str) -> Cost:
    """To the smallest unit of the currency, never down."""
    unit = Decimal(1).scaleb(-digits_of(currency))
    return Cost(amount=amount.quantize(unit, ROUND_UP), currency=currency)


def converted(cost: Cost, currency: str, rates: ExchangeRates) -> Cost:
    """The same in another currency, rounded up: what costs a cent more than a limit is above it.

    Raises NoRate.
    """
    for name in (cost.currency, currency):
        if name not in rates.per_euro:
            raise NoRate(f"there is no exchange rate for {name}")
    if cost.currency == currency:
        return rounded_up(cost.amount, currency)
    return rounded_up(cost.amount * rates.per_euro[currency] / rates.per_euro[cost.currency], currency)


def added(costs: tuple[Cost, ...], currency: str, rates: ExchangeRates) -> Cost:
    """The sum, each part of it converted and rounded up by itself. Raises NoRate."""
    return Cost(amount=sum((converted(cost, currency, rates).amount for cost in costs), Decimal(0)), currency=currency)
