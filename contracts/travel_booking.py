"""TravelBooking: its input, its result, what its models say, and who decides what."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.budgets import Limits, Partial, Targets
from contracts.crm import Person
from contracts.exchange import Cost
from contracts.gates import Words
from contracts.money import Usd
from contracts.outputs import OutputContract
from contracts.policies import GatePolicy, Silence
from contracts.processes import Decider, Label, Process, ProcessInput, Step
from contracts.prose import prose_problems
from contracts.prose.quotes import stands_in
from contracts.routing import closed_list
from contracts.travel import BOOK_FLIGHT, BOOK_HOTEL, CANCEL_FLIGHT, CANCEL_HOTEL, CityCode, Reference, TripOffer
from contracts.travel_desk import (
    FILE_COMPLAINT,
    FIND_BOOKINGS,
    RANK_TRIPS,
    READ_INVENTORY,
    SEARCH_FLIGHTS,
    SEARCH_HOTELS,
    UNDERSTAND_TRIP,
    BookingsFound,
    TripWords,
)
from contracts.zones import Zone


class TravelRequest(ProcessInput):
    """One message of one traveller."""

    request_id: Label = Field(description="tells this message from others", examples=["bali-weekend"])
    message: Words = Field(
        description="what the traveller wrote; any language, not to be trusted",
        examples=["Book me a trip to Bali under 20k rupees for the upcoming weekend"],
    )
    traveller: Person = Field(
        description="who wrote it, and would travel",
        examples=[{"name": "Meera Pillai", "email": "meera.pillai@example.com"}],
    )
    timezone: Zone = Field(
        description='the traveller\'s, IANA; "the weekend" is reckoned there',
        examples=["Asia/Kolkata"],
    )
    home: CityCode | None = Field(
        default=None, description="IATA code of where they live; they start there unless the message says otherwise"
    )


class Intent(StrEnum):
    """What a message is about."""

    BOOKING = "booking"
    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    OTHER = "other"


class TravelOutcome(StrEnum):
    """How it ended."""

    BOOKED = "booked"
    NOT_BOOKED = "not_booked"
    """Flight or hotel could not be had. Nothing stays booked."""
    HALF_BOOKED = "half_booked"
    """The hotel could not be had, the flight could not be cancelled, and a person has said that it stays."""
    ALREADY_BOOKED = "already_booked"
    """This business action had booked another trip, or called one off, before; nothing was booked now."""
    NOTHING_FITS = "nothing_fits"
    NOT_UNDERSTOOD = "not_understood"
    """After many questions it is still not clear what is wanted."""
    INQUIRY_ANSWERED = "inquiry_answered"
    COMPLAINT_ANSWERED = "complaint_answered"
    COMPLAINT_FILED = "complaint_filed"
    """It is kept; nobody has answered it in time."""
    NOT_OURS = "not_ours"
    """The message wants nothing of what this process does."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    STOPPED = "stopped"


class TravelResult(BaseModel):
    """What came of it; partial when the run was stopped."""

    model_config = ConfigDict(frozen=True)

    outcome: TravelOutcome = Field(description="how it ended")
    request_id: Label = Field(description="the message")
    message: str = Field(default="", description="what the traveller is told, in code's or a person's words")
    reason: str | None = Field(default=None, description="why it ended without a booking or an answer")
    intent: Intent | None = Field(default=None, description="what the message was about")
    intent_by: str | None = Field(default=None, description="model or person who said so")
    trip: TripOffer | None = Field(default=None, description="what was picked; where nothing fits, what comes closest")
    budget: Cost | None = Field(default=None, description="the limit that was kept")
    explained_by: str | None = Field(default=None, description="model that explained the options, or template")
    approved_by: str | None = Field(default=None, description="who let it be booked")
    flight: Reference | None = Field(default=None, description="what is booked now")
    hotel: Reference | None = Field(default=None, description="what is booked now")
    paid: tuple[Cost, ...] = Field(default=(), description="what flight and hotel really cost")
    cancelled: tuple[str, ...] = Field(default=(), description="steps that called off what had been booked")
    left: tuple[str, ...] = Field(default=(), description="steps that failed to: what they were for is still booked")
    case: str | None = Field(default=None, description="number of the complaint")
    answered_by: str | None = Field(default=None, description="model, template or person who answered")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


class MessageFacts(BaseModel):
    """What quoted words are held against."""

    model_config = ConfigDict(frozen=True)

    message: str


Explanation = Annotated[str, StringConstraints(min_length=20, max_length=500, strip_whitespace=True)]


class TripExplanations(BaseModel):
    """Why one may want each option."""

    model_config = ConfigDict(frozen=True)

    options: list[Explanation] = Field(min_length=1, max_length=3, description="one text for each option, in order")


class OptionFacts(BaseModel):
    """What explanations are held against: each against its own option, so that no price changes places."""

    model_config = ConfigDict(frozen=True)

    options: tuple[str, ...]


class InquiryAnswer(BaseModel):
    """An answer to a question about trips."""

    model_config = ConfigDict(frozen=True)

    answer: Annotated[str, StringConstraints(min_length=20, max_length=900, strip_whitespace=True)]


class FactSources(BaseModel):
    """What an answer is held against."""

    model_config = ConfigDict(frozen=True)

    facts: tuple[str, ...]


class OptionsShown(BaseModel):
    """What a traveller is shown who picks."""

    model_config = ConfigDict(frozen=True)

    explanations: tuple[str, ...]
    explained_by: str
    options: tuple[TripOffer, ...]
    budget: Cost | None
    rates_as_of: str


class MessageShown(BaseModel):
    """What somebody is shown who is asked about a message."""

    model_config = ConfigDict(frozen=True)

    message: str
    traveller: Person
    known: str = ""


class ComplaintShown(BaseModel):
    """What the person is shown who answers a complaint."""

    model_config = ConfigDict(frozen=True)

    case: str
    message: str
    traveller: Person
    bookings: BookingsFound


def _quoted(words: TripWords, facts: MessageFacts) -> list[str]:
    return [
        f'{field}: "{said}" does not stand in the message; copy its words letter by letter, or answer null'
        for field, said in words.model_dump().items()
        if said is not None and not stands_in(said, facts.message)
    ]


def _explained(value: TripExplanations, facts: OptionFacts) -> list[str]:
    if len(value.options) != len(facts.options):
        return [f"there are {len(facts.options)} options: write one text for each, in their order"]
    pairs = enumerate(zip(value.options, facts.options, strict=True), 1)
    return [f"option {n}: {problem}" for n, (text, fact) in pairs for problem in prose_problems(text, [fact])]


TRAVEL_INTENT = closed_list("travel_booking.intent", Intent)
TRIP_WORDS = OutputContract("travel_booking.words", TripWords, MessageFacts, _quoted)
TRIP_EXPLANATIONS = OutputContract("travel_booking.explanations", TripExplanations, OptionFacts, _explained)
INQUIRY_ANSWER = OutputContract(
    "travel_booking.answer", InquiryAnswer, FactSources, lambda said, facts: prose_problems(said.answer, facts.facts)
)

MOST_QUESTIONS = 10
"""Asked back in one run."""

OR_IT_IS_OTHER = GatePolicy(deadline=timedelta(days=1), remind_after=timedelta(hours=12), silence=Silence.DEFAULT)
"""A message that nobody sorts gets a polite answer."""

IN_A_DAY = GatePolicy(deadline=timedelta(hours=24), remind_after=timedelta(hours=6))
"""Seats and prices do not wait."""

TRAVEL_BOOKING = Process(
    name="travel-booking",
    workflow_type="TravelBooking",
    does="Book one trip, flight and hotel, or nothing; answer a question; take a complaint.",
    input=TravelRequest,
    result=TravelResult,
    business_key=lambda request: request.request_id,
    steps=(
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("intent", Decider.MODEL_ROUTES, "say what the message is about; unsure, a person says it"),
        Step("intent-by-person", Decider.PERSON, "say what the message is about; silence: other", gate=OR_IT_IS_OTHER),
        Step("extract-words", Decider.MODEL_FILLS, "quote the message's words about places, days, people, money"),
        Step("understand", Decider.CODE, "read the words as codes, days and amounts", UNDERSTAND_TRIP),
        Step("ask-back", Decider.PERSON, "say what is missing or can be read in two ways; silence is a no"),
        Step("search-flights", Decider.CODE, "search the flights of those days", SEARCH_FLIGHTS),
        Step("search-hotels", Decider.CODE, "search the hotels for those nights", SEARCH_HOTELS),
        Step("rank", Decider.CODE, "keep what fits the budget at today's rates, by price", RANK_TRIPS),
        Step("explain-options", Decider.MODEL_FILLS, "explain each option; code checks every fact, else a template"),
        Step("pick-option", Decider.PERSON, "pick an option, or none; silence is a no", gate=IN_A_DAY),
        Step(
            "approve-booking", Decider.PERSON, "approve price, terms and what is cancelled if one fails", gate=IN_A_DAY
        ),
        Step("book-flight", Decider.CODE, "book exactly the approved flight, once", BOOK_FLIGHT),
        Step("book-flight-outcome", Decider.PERSON, "say whether it was booked, where nobody can look it up"),
        Step("book-hotel", Decider.CODE, "book exactly the approved hotel, once", BOOK_HOTEL),
        Step("book-hotel-outcome", Decider.PERSON, "say whether it was booked, where nobody can look it up"),
        Step("cancel-hotel", Decider.CODE, "call the hotel off, where the run is stopped", CANCEL_HOTEL),
        Step("cancel-hotel-outcome", Decider.PERSON, "say whether it was called off, where nobody can look it up"),
        Step("cancel-hotel-by-hand", Decider.PERSON, "call the hotel off by hand, where that failed"),
        Step("cancel-flight", Decider.CODE, "call the flight off, where the hotel cannot be had", CANCEL_FLIGHT),
        Step("cancel-flight-outcome", Decider.PERSON, "say whether it was called off, where nobody can look it up"),
        Step("cancel-flight-by-hand", Decider.PERSON, "call the flight off by hand, where that failed"),
        Step("read-inventory", Decider.CODE, "take the facts for an answer from the inventory", READ_INVENTORY),
        Step("answer-inquiry", Decider.MODEL_FILLS, "answer a question; code checks every fact, else a template"),
        Step("find-bookings", Decider.CODE, "find the bookings that a complaint names", FIND_BOOKINGS),
        Step("file-complaint", Decider.CODE, "keep the complaint under a number", FILE_COMPLAINT),
        Step("file-complaint-outcome", Decider.PERSON, "say whether it was kept, where nobody can look it up"),
        Step("answer-complaint", Decider.PERSON, "answer the complaint; silence leaves it open"),
    ),
    outputs=(TRAVEL_INTENT, TRIP_WORDS, TRIP_EXPLANATIONS, INQUIRY_ANSWER),
    limits=Limits(steps=60, tool_calls=40),
    targets=Targets(usd=Decimal("0.30"), working_time=timedelta(minutes=2)),
)
