"""The cases: 200 for each of five contracts, the same ones each time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel

from activities.llm.sentences import sentences
from bench.ladder.contracts import (
    ORDER,
    ROUND,
    TICKET,
    Currency,
    Order,
    Round,
    Source,
    Stop,
    Ticket,
    Topic,
)
from contracts.crm import Lead
from contracts.sales_follow_up import BuyerSignal, BuyerSignals, SignalKind
from workflows.sales_follow_up import draft_email, summarise_signals, template
from workflows.steps.blanks import Blank

CASES = 200
"""For each contract."""

LEADS = Path(__file__).parents[2] / "samples" / "leads.jsonl"

ITEMS = (
    *("walnut desks", "oak benches", "reading lamps", "blue stools", "steel shelves", "paper rolls", "garden chairs"),
    *("coffee mills", "wall clocks", "canvas bags", "bread baskets", "glass jars", "wool blankets", "copper pans"),
)
TOWNS = ("Lyon", "Turin", "Leeds", "Basel", "Porto", "Ghent", "Krakow", "Malmo", "Cork", "Bergen", "Split", "Riga")

LETTERS = (
    "Please send {quantity} {item} by {due}. The total is {amount} {currency}.",
    "We order {quantity} {item}, {amount} {currency} in all. They should be here on {due}.",
    "As discussed: {quantity} {item} for {amount} {currency} altogether, delivery {due}, please.",
    "Written on {today}. Our shop needs {quantity} {item}. We pay {amount} {currency}. Deliver them on {due}.",
    "On {today} you offered us {item}. We take {quantity}, at {amount} {currency} in total, for {due}.",
)
NOTES = (
    "{} first: {} boxes. After that {}: {}.",
    "Start in {} with {} boxes. The second stop is {}, where {} go.",
    "Boxes for two towns. {} gets {}, and {} gets {}.",
    "{}: {} boxes\n{}: {} boxes",
)
COMPLAINTS = {
    Topic.DELIVERY: (
        "Order {} has not arrived yet.",
        "When will {} come?",
        "The driver of {} went to our old address.",
    ),
    Topic.INVOICE: ("You charged us twice for {}.", "The invoice of {} has the wrong VAT.", "We paid {} last week."),
    Topic.DAMAGE: ("Two parts of {} came broken.", "The glass in {} has a crack.", "Everything in {} was wet."),
    Topic.RETURN: (
        "We would like to send {} back.",
        "Order {} does not suit us; please fetch it.",
        "{} is one too many.",
    ),
}
HURRY = {
    True: ("We need an answer today.", "This is urgent!", "Please call us at once."),
    False: ("There is no hurry.", "Next week is fine.", "Answer when you can."),
}
EXTRA = (
    "Called again on Monday.",
    "She sounded interested.",
    "Wants to hear more.",
    "No mail yet.",
    "Met at the fair.",
)


@dataclass(frozen=True)
class Case:
    """One blank to fill in, and a reply that fits it; for the bench's own contracts the only right one."""

    key: str
    blank: Blank[Any]
    right: BaseModel

    @property
    def contract(self) -> str:
        """The contract's short name."""
        return self.blank.contract.name.rpartition(".")[2]


def all_cases() -> dict[str, list[Case]]:
    """By contract."""
    made = (_tickets(), _orders(), _rounds(), _signals(), _drafts())
    return {cases[0].contract: cases for cases in map(list, made)}


def _orders() -> Iterator[Case]:
    chance = Random(1)
    for number in range(CASES):
        today = date(2026, 1, 5) + timedelta(days=chance.randrange(200))
        right = Order(
            item=chance.choice(ITEMS),
            quantity=chance.randrange(2, 60),
            amount=Decimal(chance.randrange(2_000, 900_000)) / 100,
            currency=chance.choice(list(Currency)),
            deliver_on=today + timedelta(days=chance.randrange(10, 90)),
        )
        message = LETTERS[number % len(LETTERS)].format(
            today=today,
            due=right.deliver_on,
            quantity=right.quantity,
            item=right.item,
            amount=right.amount,
            currency=right.currency,
        )
        blank = Blank(
            step="read-order",
            summary="Read the order",
            prompt="order",
            variables={"message": message},
            contract=ORDER,
            facts=Source(text=message),
            otherwise=None,
        )
        yield Case(f"order-{number:03}", blank, right)


def _tickets() -> Iterator[Case]:
    chance = Random(4)
    for number in range(CASES):
        topic, urgent = chance.choice(list(Topic)), chance.random() < 0.5
        order = f"{''.join(chance.sample('ABCDEFGHKLMNPRSTUX', 2))}-{chance.randrange(1_000, 10_000)}"
        message = f"{chance.choice(COMPLAINTS[topic]).format(order)} {chance.choice(HURRY[urgent])}"
        blank = Blank(
            step="sort-message",
            summary="Sort the message",
            prompt="ticket",
            variables={"message": message},
            contract=TICKET,
            facts=Source(text=message),
            otherwise=None,
        )
        yield Case(f"ticket-{number:03}", blank, Ticket(number=order, topic=topic, urgent=urgent))


def _rounds() -> Iterator[Case]:
    chance = Random(2)
    for number in range(CASES):
        places, counts = chance.sample(TOWNS, 2), chance.sample(range(2, 90), 2)
        stops = [Stop(place=place, boxes=count) for place, count in zip(places, counts, strict=True)]
        said = [word for stop in stops for word in (stop.place, stop.boxes)]
        note = NOTES[number % len(NOTES)].format(*said)
        blank = Blank(
            step="read-round",
            summary="Read the driver's note",
            prompt="round",
            variables={"note": note},
            contract=ROUND,
            facts=Source(text=note),
            otherwise=None,
        )
        yield Case(f"round-{number:03}", blank, Round(stops=stops))


def _signals() -> Iterator[Case]:
    for number, lead in enumerate(_leads()):
        yield Case(f"buyer_signals-{number:03}", summarise_signals(lead), _quoted(lead))


def _drafts() -> Iterator[Case]:
    for number, lead in enumerate(_leads()):
        yield Case(f"email_draft-{number:03}", draft_email(lead, _quoted(lead)), template(lead))


def _quoted(lead: Lead) -> BuyerSignals:
    """The first sentences of the notes, each of another kind."""
    quotes = [one for one in sentences(lead.notes, 160) if len(one) >= 3][:2]
    kinds = list(SignalKind)
    return BuyerSignals(signals=[BuyerSignal(kind=kinds[i], quote=quote) for i, quote in enumerate(quotes)])


def _leads() -> list[Lead]:
    """The sample leads, then variants of their notes, no two alike."""
    chance = Random(3)
    samples = [Lead.model_validate_json(line) for line in LEADS.read_text(encoding="utf-8").splitlines()]
    leads = list(samples)
    seen = {lead.notes for lead in leads}
    while len(leads) < CASES:
        lead = samples[len(leads) % len(samples)]
        notes = _varied(lead.notes, chance)
        while notes in seen:
            notes = f"{notes} {chance.choice(EXTRA)}"
        seen.add(notes)
        leads.append(lead.model_copy(update={"notes": notes}))
    return leads


def _varied(notes: str, chance: Random) -> str:
    """Other numbers, another order, and up to half of the sentences left out."""
    parts = list(sentences(notes, len(notes.encode())))
    kept = chance.sample(parts, chance.randint((len(parts) + 1) // 2, len(parts)))
    return re.sub(r"(?<!\d)\d{2,}", lambda found: _other(found[0], chance), "\n".join(kept))


def _other(number: str, chance: Random) -> str:
    """As many digits; days and months stay as they are."""
    if int(number) <= 31 or 2020 <= int(number) <= 2030:
        return number
    return "".join(
        digit if digit == "0" or not place else str(chance.randrange(1, 10)) for place, digit in enumerate(number)
    )
