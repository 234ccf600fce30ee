"""Output contracts of the bench's own: a classification, an extraction, a list. Right answers are known."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.outputs import OutputContract

Name = Annotated[str, StringConstraints(min_length=2, max_length=20, strip_whitespace=True)]


class Source(BaseModel):
    """What an extraction is held against."""

    model_config = ConfigDict(frozen=True)

    text: str


class Currency(StrEnum):
    """As ISO 4217 writes them."""

    EUR = "EUR"
    USD = "USD"
    GBP = "GBP"
    CHF = "CHF"


class Order(BaseModel):
    """One order, as a customer wrote it."""

    model_config = ConfigDict(frozen=True)

    item: Name = Field(description="what is ordered")
    quantity: int = Field(ge=1, le=999)
    amount: Decimal = Field(gt=0, max_digits=9, decimal_places=2, description="the total price")
    currency: Currency
    deliver_on: date = Field(description="the day on which it should arrive")


class Topic(StrEnum):
    """What a customer writes about."""

    DELIVERY = "delivery"
    INVOICE = "invoice"
    DAMAGE = "damage"
    RETURN = "return"


class Ticket(BaseModel):
    """Where a customer's message belongs."""

    model_config = ConfigDict(frozen=True)

    number: str = Field(pattern=r"^[A-Z]{2}-\d{4}$", description="the order's")
    topic: Topic
    urgent: bool = Field(description="whether it must be read today")


class Stop(BaseModel):
    """One place of a round."""

    model_config = ConfigDict(frozen=True)

    place: Name
    boxes: int = Field(ge=1, le=99, description="how many are unloaded there")


class Round(BaseModel):
    """A van's round."""

    model_config = ConfigDict(frozen=True)

    stops: list[Stop] = Field(min_length=2, max_length=2)


def _check_order(value: Order, source: Source) -> list[str]:
    """Every value must stand in the text; which of two dates is the right one, only a reader can say."""
    numbers = set(re.findall(r"\d+(?:\.\d+)?", source.text))
    day = value.deliver_on
    found = {
        f'"{value.item}"': value.item.casefold() in source.text.casefold(),
        f"the quantity {value.quantity}": str(value.quantity) in numbers,
        f"the amount {value.amount}": any(Decimal(one) == value.amount for one in numbers),
        f"the currency {value.currency}": value.currency in source.text,
        f"the date {day}": day.isoformat() in source.text,
    }
    return _missing(found)


def _check_ticket(value: Ticket, source: Source) -> list[str]:
    return _missing({f"the number {value.number}": value.number in source.text})


def _check_round(value: Round, source: Source) -> list[str]:
    """Each place and each number stands in the text; which belong together, only a reader can say."""
    numbers = set(re.findall(r"\d+", source.text))
    found = {f'"{stop.place}"': stop.place in source.text for stop in value.stops}
    return _missing(found | {f"the number {stop.boxes}": str(stop.boxes) in numbers for stop in value.stops})


def _missing(found: dict[str, bool]) -> list[str]:
    return [f"{what} does not stand in the text" for what, stands in found.items() if not stands]


ORDER = OutputContract("bench.order", Order, Source, _check_order)
TICKET = OutputContract("bench.ticket", Ticket, Source, _check_ticket)
ROUND = OutputContract("bench.round", Round, Source, _check_round)
OWN: tuple[OutputContract[Any, Source], ...] = (ORDER, TICKET, ROUND)
