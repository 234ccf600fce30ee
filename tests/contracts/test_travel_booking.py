"""What models may say about trips: the message's own words, and each option's own facts."""

from pathlib import Path

import pytest

from contracts.prose import prose_problems
from contracts.travel import TripOffer
from contracts.travel_booking import (
    INQUIRY_ANSWER,
    TRIP_EXPLANATIONS,
    TRIP_WORDS,
    FactSources,
    InquiryAnswer,
    MessageFacts,
    OptionFacts,
    TripExplanations,
)
from contracts.travel_desk import TripWords
from contracts.travel_words import choice_in_words, offer_in_words

CHEAP = TripOffer.model_validate_json((Path(__file__).parent / "golden" / "TripOffer.json").read_bytes())
DEAR = CHEAP.model_copy(
    update={
        "hotel": CHEAP.hotel.model_copy(update={"name": "Seven Steps Palace", "area": "Amed", "stars": 5}),
        "total": CHEAP.total.model_copy(update={"amount": CHEAP.total.amount + 9000}),
    }
)
FACTS = OptionFacts(options=(offer_in_words(CHEAP), offer_in_words(DEAR)))
MESSAGE = MessageFacts(message="Book me a trip to Bali under 20k rupees, 12 März,\nfor the upcoming weekend")


@pytest.mark.parametrize("said", ["Bali", "bali", "20k", "for the upcoming weekend", "März, for the upcoming"])
def test_words_of_the_message_are_quoted(said: str) -> None:
    assert TRIP_WORDS.check(TripWords(dates=said), MESSAGE) == []


@pytest.mark.parametrize("said", ["Ubud", "120k", "2", "20 000 rupees", "next weekend", "Bal", "", " "])
def test_words_that_the_message_does_not_hold_are_none(said: str) -> None:
    (problem,) = TRIP_WORDS.check(TripWords(budget=said), MESSAGE)
    assert problem.startswith("budget: ")


@pytest.mark.parametrize("offer", [CHEAP, DEAR], ids=["cheap", "dear"])
def test_codes_own_words_hold_nothing_but_facts(offer: TripOffer) -> None:
    assert prose_problems(offer_in_words(offer), [offer_in_words(offer)]) == []
    assert prose_problems(choice_in_words(offer), [offer_in_words(offer)]) == []


def explained(*options: str) -> list[str]:
    """What is wrong with these explanations."""
    return TRIP_EXPLANATIONS.check(TripExplanations(options=list(options)), FACTS)


def test_an_explanation_with_facts_of_its_own_option_passes() -> None:
    assert (
        explained(
            "The cheapest trip, 15,728.20 INR in all: on Friday at 12:20, to Salt Hostel in Seminyak.",
            "With the same flights you stay at Seven Steps Palace in Amed, which has 5 stars.",
        )
        == []
    )


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ("All of it for only 15,728.30 INR, flights and hotel.", "15,728.30 INR"),
        ("All of it for 24,728.20 INR, flights and hotel.", "24,728.20 INR"),
        ("You stay at Seven Steps Palace, close to the sea.", "Seven Steps Palace"),
        ("You leave on Saturday, and are back on Sunday.", "Saturday"),
        ("You leave on 5 December, in good time for lunch.", "5 December"),
        ("A good hotel with 4 stars, and a quiet place.", "4"),
    ],
    ids=["a changed digit", "another option's price", "another option's hotel", "a day", "a date", "stars"],
)
def test_a_price_a_name_or_a_day_that_is_not_the_options_own_is_refused(first: str, problem: str) -> None:
    found = explained(first, "It has 5 stars and lies in Amed.")
    assert all(one.startswith("option 1: ") for one in found)
    assert problem.split()[0] in found[0]


def test_there_is_one_explanation_for_each_option() -> None:
    assert explained("You stay at Salt Hostel in Seminyak.") == [
        "there are 2 options: write one text for each, in their order"
    ]


def test_an_answer_holds_what_the_inventory_says() -> None:
    facts = FactSources(facts=("We have 12 hotels in Bali.",))
    assert INQUIRY_ANSWER.check(InquiryAnswer(answer="There are 12 hotels in Bali."), facts) == []
    assert INQUIRY_ANSWER.check(InquiryAnswer(answer="There are 13 hotels in Bali."), facts)
