"""What travellers write, read as days, amounts, places and people."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.tools.travel_amounts import NAMES, read_amounts
from activities.tools.travel_dates import read_stays
from activities.tools.travel_understanding import understand
from contracts.exchange import Cost, NoRate, added, converted
from contracts.travel_desk import TripAnswers, TripWords, Understand, Understood
from tests.activities.tools.trips import CITIES, NOW, rates

WEDNESDAY = date(2026, 11, 18)

STAYS: dict[str, list[str]] = {
    "the upcoming weekend": ["2026-11-20 2026-11-22"],
    "next weekend": ["2026-11-20 2026-11-22", "2026-11-27 2026-11-29"],
    "nächstes Wochenende": ["2026-11-20 2026-11-22", "2026-11-27 2026-11-29"],
    "am kommenden Wochenende": ["2026-11-20 2026-11-22"],
    "este fin de semana": ["2026-11-20 2026-11-22"],
    "इस वीकेंड": ["2026-11-20 2026-11-22"],
    "this weekend, 3 nights": ["2026-11-20 2026-11-23"],
    "5 to 8 December": ["2026-12-05 2026-12-08"],
    "vom 4. bis 6. Dezember": ["2026-12-04 2026-12-06"],
    "2026-12-05 to 2026-12-08": ["2026-12-05 2026-12-08"],
    "Dec 30 to Jan 2": ["2026-12-30 2027-01-02"],
    "12/03 to 15/03": ["2027-03-12 2027-03-15"],
    "from 12/03 for 3 nights": ["2026-12-03 2026-12-06", "2027-03-12 2027-03-15"],
    "for a week from 1 May": ["2027-05-01 2027-05-08"],
    "from Friday to Monday": ["2026-11-20 2026-11-23"],
    "3 nights starting next friday": ["2026-11-20 2026-11-23"],
    "tomorrow for two nights": ["2026-11-19 2026-11-21"],
    "in December": [],
    "1 May": [],
    "1 May 2024 for 2 nights": [],
    "30 February for 2 nights": [],
    "1 December to 1 March": [],
    "1 December 2028 for 2 nights": [],
    "": [],
}


@pytest.mark.parametrize("said", STAYS)
def test_days_are_read_in_every_way_that_they_can_be_meant(said: str) -> None:
    stays, problem = read_stays(said, WEDNESDAY)
    assert [f"{leaves} {returns}" for leaves, returns in stays] == STAYS[said]
    assert bool(problem) is not bool(stays)


@pytest.mark.parametrize(
    ("today", "leaves", "returns"),
    [
        ("2026-11-16", "2026-11-20", "2026-11-22"),
        ("2026-11-19", "2026-11-20", "2026-11-22"),
        ("2026-11-20", "2026-11-21", "2026-11-22"),
        ("2026-11-21", "2026-11-27", "2026-11-29"),
        ("2026-11-22", "2026-11-27", "2026-11-29"),
    ],
    ids=["Monday", "Thursday", "Friday", "Saturday", "Sunday"],
)
def test_a_weekend_is_the_one_that_lies_ahead(today: str, leaves: str, returns: str) -> None:
    (stay,), _ = read_stays("the weekend", date.fromisoformat(today))
    assert stay == (date.fromisoformat(leaves), date.fromisoformat(returns))


@given(st.text(max_size=80), st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_whatever_is_written_no_stay_is_past_or_endless(said: str, today: date) -> None:
    for leaves, returns in read_stays(said, today)[0]:
        assert today <= leaves < returns <= leaves + timedelta(days=30)


AMOUNTS: dict[str, list[tuple[str, int]]] = {
    "under 20k rupees": [("20000", 7)],
    "20.000 Rupien": [("20000", 7)],
    "₹1,50,000": [("150000", 1)],
    "1.5 lakh": [("150000", 0)],
    "अधिकतम 60 हज़ार रुपये": [("60000", 7)],
    "unter 900 €": [("900", 1)],
    "MAX 600 eur": [("600", 1)],
    "max 20krs": [("20000", 7)],
    "$900, last year 1200 dollars": [("900", 6), ("1200", 6)],
    "1.234,50 EUR": [("1234.50", 1)],
    "Rp 5jt": [("5000000", 1)],
    "2万円": [("20000", 1)],
    "below 700": [("700", 0)],
    "under 3 nights for 2 people, 4 stars, on 12/03": [],
    "5 to 8 December 2026": [],
}


@pytest.mark.parametrize("said", AMOUNTS)
def test_amounts_are_read_with_every_currency_that_they_may_be_in(said: str) -> None:
    assert [(one.amount, len(one.currencies)) for one in read_amounts(said)] == [
        (Decimal(amount), count) for amount, count in AMOUNTS[said]
    ]


def test_every_rupee_is_offered() -> None:
    assert read_amounts("20k rupees")[0].currencies == ("INR", "IDR", "PKR", "LKR", "NPR", "MUR", "SCR")


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["INR", "IDR", "USD", "EUR"]))
def test_a_conversion_never_makes_anything_cheaper(amount: Decimal, currency: str) -> None:
    cost = Cost(amount=amount, currency="EUR")
    there = converted(cost, currency, rates())
    assert there.amount / rates().per_euro[currency] >= amount


def test_each_part_of_a_sum_is_rounded_up_by_itself() -> None:
    parts = (Cost(amount=Decimal(1), currency="IDR"), Cost(amount=Decimal(1), currency="IDR"))
    assert str(added(parts, "EUR", rates())) == "0.02 EUR"
    with pytest.raises(NoRate, match="CHF"):
        converted(parts[0], "CHF", rates())


def read(message: str, words: dict[str, Any] | None = None, answers: dict[str, Any] | None = None) -> Understood:
    """A message of somebody at home in Bengaluru, on a Wednesday."""
    usual = {"destination": "Bali", "dates": "this weekend"}
    request = Understand(
        message=message,
        timezone="Asia/Kolkata",
        now=NOW,
        home="BLR",
        words=TripWords(**(usual | (words or {}))),
        answers=TripAnswers(**(answers or {})),
    )
    return understand(request, WEDNESDAY, CITIES, [*rates().per_euro, "PKR"])


ASKS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str, str]] = {
    "nowhere": ("Away!", {"destination": None}, {}, "destination", "does not say it"),
    "two places": ("Bali or Lisboa", {"destination": "Bali or Lisboa"}, {}, "destination", "more than one"),
    "an unknown place": ("To Atlantis", {"destination": "Atlantis"}, {}, "destination", "no place that is served"),
    "from where one is going": ("Bali", {"origin": "Denpasar"}, {}, "origin", "begin"),
    "a whole month": ("in May", {"dates": "in May"}, {}, "dates", "does not say two days"),
    "several people": ("We want to go", {}, {}, "people", "speaks of several"),
    "an uncountable family": ("with my family", {"people": "with my family"}, {}, "people", "as a number"),
    "too many": ("12 people", {"people": "12 people"}, {}, "people", "as a number"),
    "which rupees": ("under 20k rupees", {}, {}, "currency", "20k rupees"),
    "no currency": ("under 20k", {}, {}, "currency", "20k"),
    "two limits": ("500 EUR, or 350 EUR", {}, {}, "budget", "Which of these"),
    "money in words": ("twenty thousand rupees", {}, {}, "budget", "at most"),
    "by the night": ("up to 50 EUR per night", {}, {}, "budget", "whole trip"),
    "a limit in words": ("not much", {"budget": "not much"}, {}, "budget", "'not much'"),
    "an answer that says nothing": ("two rupees", {}, {"budget": "some"}, "budget", "'some' does not say it"),
}


@pytest.mark.parametrize(("message", "words", "answers", "about", "says"), ASKS.values(), ids=ASKS)
def test_what_is_missing_or_can_be_read_in_two_ways_is_asked(
    message: str, words: dict[str, Any], answers: dict[str, Any], about: str, says: str
) -> None:
    asked = read(message, words, answers).question
    assert asked
    assert asked.about == about
    assert says in asked.question


LIMITS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str | None]] = {
    "none": ("To Bali", {}, {}, None),
    "one": ("max 300 EUR", {}, {}, "300.00 EUR"),
    "one that the model overlooked": ("max 300 EUR", {"budget": None}, {}, "300.00 EUR"),
    "for each": ("2 adults, 300 EUR per person", {"people": "2 adults"}, {}, "600.00 EUR"),
    "with a currency that was asked": ("20k rupees", {}, {"currency": "INR (Indian rupee)"}, "20,000.00 INR"),
    "that was asked": ("500 EUR or 350 EUR", {}, {"budget": "350 eur"}, "350.00 EUR"),
    "none after all": ("500 EUR or 350 EUR", {}, {"budget": "no limit"}, None),
}


@pytest.mark.parametrize(("message", "words", "answers", "limit"), LIMITS.values(), ids=LIMITS)
def test_a_stated_limit_is_found(
    message: str, words: dict[str, Any], answers: dict[str, Any], limit: str | None
) -> None:
    known = read(message, words, answers)
    assert known.question is None
    assert (str(known.budget) if known.budget else None) == limit


def test_a_currency_that_the_words_do_not_allow_is_asked_again() -> None:
    asked = read("20k rupees", {}, {"currency": "EUR (euro)"}).question
    assert asked
    assert asked.about == "currency"
    assert all(choice[:3] in NAMES for choice in asked.choices)
