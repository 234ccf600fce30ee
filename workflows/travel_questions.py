"""What TravelBooking asks: of models four blanks to fill in, of the traveller's approver one signature."""

from contracts.travel import RankedTrips, TripOffer, TripToBook
from contracts.travel_booking import (
    INQUIRY_ANSWER,
    TRAVEL_INTENT,
    TRIP_EXPLANATIONS,
    TRIP_WORDS,
    FactSources,
    InquiryAnswer,
    Intent,
    MessageFacts,
    MessageShown,
    OptionFacts,
    TravelRequest,
    TripExplanations,
)
from contracts.travel_desk import TripWords, Understood
from contracts.travel_words import IF_THE_HOTEL_FAILS, offer_in_words, terms_of
from workflows.patterns.route import Choice
from workflows.steps.blanks import Blank
from workflows.steps.gates import Review


def which_intent(request: TravelRequest) -> Choice[Intent]:
    """What the message is about: a model says it from a closed list, and a person where it is not sure."""
    return Choice(
        step="intent",
        gate="intent-by-person",
        summary=f"Sort the message of {request.traveller.name[:60]}",
        prompt="travel_booking/intent",
        variables={"message": request.message},
        contract=TRAVEL_INTENT,
        kinds=Intent,
        about=MessageShown(message=request.message, traveller=request.traveller),
    )


def extract_words(request: TravelRequest) -> Blank[TripWords]:
    """Quote the message's words. Where no reply fits nothing is quoted, and all is asked back."""
    return Blank(
        step="extract-words",
        summary="Quote the words about places, days, people and money",
        prompt="travel_booking/extract_words",
        variables={"message": request.message},
        contract=TRIP_WORDS,
        facts=MessageFacts(message=request.message),
        otherwise=TripWords,
        scratchpad=True,
    )


def explain_options(options: tuple[TripOffer, ...]) -> Blank[TripExplanations]:
    """A few words for each option; code's own where no reply fits."""
    facts = tuple(offer_in_words(one) for one in options)
    return Blank(
        step="explain-options",
        summary="Explain the options",
        prompt="travel_booking/explain_options",
        variables={"options": "\n".join(f"{n}. {fact}" for n, fact in enumerate(facts, 1))},
        contract=TRIP_EXPLANATIONS,
        facts=OptionFacts(options=facts),
        otherwise=lambda: TripExplanations(options=list(facts)),
    )


def answer_inquiry(request: TravelRequest, facts: tuple[str, ...]) -> Blank[InquiryAnswer]:
    """An answer from the inventory's facts; the facts themselves where no reply fits."""
    return Blank(
        step="answer-inquiry",
        summary="Answer the question",
        prompt="travel_booking/answer_inquiry",
        variables={"facts": "\n".join(f"- {fact}" for fact in facts), "message": request.message},
        contract=INQUIRY_ANSWER,
        facts=FactSources(facts=facts),
        otherwise=lambda: InquiryAnswer(answer=" ".join(facts)[:900]),
    )


def review_trip(
    request: TravelRequest, wanted: Understood, picked: TripOffer, ranked: RankedTrips
) -> Review[TripToBook]:
    """All that is booked, what it costs, and what becomes of it if one part fails. Nothing of it can be edited."""
    return Review(
        gate="approve-booking",
        question=f"Book this trip for {picked.total}? It is paid at once",
        subject=TripToBook(
            traveller=request.traveller,
            people=wanted.people,
            flight=picked.flight,
            hotel=picked.hotel,
            total=picked.total,
            budget=wanted.budget,
            rates_as_of=ranked.rates_as_of,
            terms=terms_of(picked),
            if_the_hotel_fails=IF_THE_HOTEL_FAILS,
        ),
    )
