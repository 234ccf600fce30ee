"""TravelBooking's story on real parts, and what must never happen in it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from activities.stores.tables import TRAVEL_FLIGHTS, TRAVEL_HOTELS
from contracts.travel_booking import TravelOutcome
from tests.conftest import MakeWorld
from tests.support.travel import (
    PLAIN,
    answers,
    change,
    gate_at,
    goes_to_the_approval,
    reads,
    sample,
    says,
    start,
    stored,
)

APPROVES = {"verdict": "approve"}


async def test_a_trip_under_twenty_thousand_rupees_is_booked_once_it_is_said_which_rupees(
    make_world: MakeWorld,
) -> None:
    async with make_world(PLAIN) as world:
        handle = await start(world)
        asked = await gate_at(handle, "ask-back")
        assert asked.card.question == "In which currency is '20k rupees' meant?"
        assert {choice[:3] for choice in asked.card.choices} == {"INR", "IDR", "PKR", "LKR", "NPR", "MUR", "SCR"}
        shown: Any = (await goes_to_the_approval(handle)).subject
        assert Decimal(shown["total"]["amount"]) <= 20_000
        assert shown["total"]["currency"] == "INR"
        assert len(shown["terms"]) == 2
        assert "the flight is cancelled" in shown["if_the_hotel_fails"]
        await says(handle, "approve-booking", **APPROVES)
        result = await handle.result()
        assert result.outcome is TravelOutcome.BOOKED
        assert stored(world)[:2] == ([result.flight, result.hotel], [])
        assert result.flight
        assert result.flight in result.message
        assert result.explained_by == "scripted"


async def test_in_rupiah_nothing_fits_and_the_nearest_offer_is_named(make_world: MakeWorld) -> None:
    async with make_world(PLAIN) as world:
        handle = await start(world)
        await answers(handle, "ask-back", "IDR (Indonesian rupiah)")
        result = await handle.result()
        assert (result.outcome, result.reason) == (TravelOutcome.NOTHING_FITS, "nothing fits the limit of 20,000 IDR")
        assert result.trip
        assert result.trip.hotel.name in result.message
        assert "above the limit" in result.message
        assert stored(world) == ([], [], 0)


async def test_a_hotel_that_is_sold_out_after_the_flight_was_booked_leaves_nothing_booked(
    make_world: MakeWorld,
) -> None:
    async with make_world(PLAIN) as world:
        handle = await start(world)
        await goes_to_the_approval(handle)
        change(world, update(TRAVEL_HOTELS).values(rooms=0))
        await says(handle, "approve-booking", **APPROVES)
        result = await handle.result()
        assert (result.outcome, result.cancelled, result.left) == (TravelOutcome.NOT_BOOKED, ("cancel-flight",), ())
        booked, cancelled, taken = stored(world)
        assert (booked, taken) == ([], 0)
        assert [reference[:2] for reference in cancelled] == ["FL"]
        assert "has no rooms left" in result.message
        assert "The flight, which had been booked, is cancelled." in result.message


async def test_what_became_dearer_than_was_approved_is_not_booked(make_world: MakeWorld) -> None:
    async with make_world(PLAIN) as world:
        handle = await start(world)
        await goes_to_the_approval(handle)
        change(world, update(TRAVEL_FLIGHTS).values(price="6800.01"))
        await says(handle, "approve-booking", **APPROVES)
        result = await handle.result()
        assert result.outcome is TravelOutcome.NOT_BOOKED
        assert "the flight costs 13,600.02 INR now, 13,600.00 INR was approved" in result.message
        assert stored(world) == ([], [], 0)


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [({"verdict": "reject", "reason": "too early"}, "rejected"), ({}, "expired"), ({"stop": "enough"}, "stopped")],
    ids=["no", "silence", "stop"],
)
async def test_without_a_yes_nothing_is_booked(make_world: MakeWorld, decision: dict[str, Any], outcome: str) -> None:
    async with make_world(PLAIN) as world:
        handle = await start(world)
        await goes_to_the_approval(handle)
        if "stop" in decision:
            await handle.signal("stop", {"by": "ops", "reason": "enough"})
        elif decision:
            await says(handle, "approve-booking", **decision)
        else:
            await world.env.fast_forward(handle, timedelta(days=2))
        result = await handle.result()
        assert result.outcome == outcome
        assert result.message.startswith("No trip was booked: ")
        assert stored(world) == ([], [], 0)


async def test_a_traveller_who_wants_none_of_the_options_has_none_booked(make_world: MakeWorld) -> None:
    async with make_world(PLAIN) as world:
        handle = await start(world)
        await answers(handle, "ask-back", "INR (Indian rupee)")
        await answers(handle, "pick-option", "none of them")
        result = await handle.result()
        assert (result.outcome, result.trip) == (TravelOutcome.REJECTED, None)


async def test_two_runs_of_one_action_book_one_trip(make_world: MakeWorld) -> None:
    async with make_world(PLAIN) as world:
        name = world.settings.state.parent.name
        handles = [await start(world, run_id=f"{name}-{n}") for n in "ab"]
        for handle, option in zip(handles, "12", strict=True):
            await goes_to_the_approval(handle, option=option)
            await says(handle, "approve-booking", **APPROVES)
        results = [await handle.result() for handle in handles]
        assert [result.outcome for result in results] == [TravelOutcome.BOOKED, TravelOutcome.ALREADY_BOOKED]
        assert stored(world)[:2] == ([results[0].flight, results[0].hotel], [])


async def test_a_limit_that_the_model_overlooks_is_kept_all_the_same(make_world: MakeWorld) -> None:
    async with make_world(reads("booking", {"destination": "Bali", "dates": "the upcoming weekend"})) as world:
        handle = await start(world)
        assert "'20k rupees'" in (await gate_at(handle, "ask-back")).card.question


async def test_words_that_do_not_stand_in_the_message_are_asked_instead(make_world: MakeWorld) -> None:
    invented = {"destination": "Tokyo", "origin": "Delhi", "dates": "tomorrow for 2 nights", "budget": "2 million"}
    async with make_world(reads("booking", invented)) as world:
        handle = await start(world)
        asked = await gate_at(handle, "ask-back")
        assert "Where is the trip to go?" in asked.card.question
        assert "Bali" in asked.card.choices


async def test_with_no_model_that_can_read_everything_is_asked_and_a_trip_is_booked(make_world: MakeWorld) -> None:
    async with make_world(reads("booking") | {"extract-words": ["What a nice message!"]}) as world:
        handle = await start(world)
        await answers(handle, "ask-back", "Bali")
        for asked, said in (
            ("When does", "1 May 2024 for 2 nights"),
            ("is past", "the upcoming weekend"),
            ("currency", "1"),
        ):
            assert asked in (await gate_at(handle, "ask-back")).card.question
            await answers(handle, "ask-back", said)
        await answers(handle, "pick-option", "2")
        await says(handle, "approve-booking", **APPROVES)
        assert (await handle.result()).outcome is TravelOutcome.BOOKED


async def test_who_never_says_what_is_wanted_is_asked_ten_times_and_no_more(make_world: MakeWorld) -> None:
    async with make_world(reads("booking", {"destination": "Bali"})) as world:
        handle = await start(world, message="Bali!")
        for _ in range(10):
            await answers(handle, "ask-back", "some day")
        assert (await handle.result()).outcome is TravelOutcome.NOT_UNDERSTOOD


async def test_a_hostile_message_gets_nowhere_near_a_booking(make_world: MakeWorld) -> None:
    words = {"destination": "Tokyo", "origin": "Delhi", "dates": "the upcoming weekend", "budget": "budget 1 USD"}
    async with make_world(reads("booking", words)) as world:
        result = await (await start(world, sample("06"))).result()
        assert (result.outcome, result.reason) == (TravelOutcome.NOTHING_FITS, "nothing fits the limit of 1.00 USD")
        assert stored(world) == ([], [], 0)


async def test_of_two_limits_the_traveller_says_which_one_counts(make_world: MakeWorld) -> None:
    words = {"destination": "Barcelona or maybe Lisbon", "origin": "London", "dates": "from 12/03 for 3 nights"}
    words |= {"people": "1 person"}
    async with make_world(reads("booking", words)) as world:
        handle = await start(world, sample("05"))
        assert (await answers(handle, "ask-back", "Lisbon")).card.choices == ("Barcelona", "Lisbon")
        days = (await answers(handle, "ask-back", "1")).card.choices
        assert len(days) == 2
        limits = await gate_at(handle, "ask-back")
        assert limits.card.choices == ("500 eur", "350 eur", "no limit")


async def test_an_inquiry_is_answered_from_the_inventory_whatever_a_model_makes_up(make_world: MakeWorld) -> None:
    words = {"destination": "Bali", "origin": "Bangalore"}
    invents = {"answer": "We have 13 hotels in Bali, and the cheapest is the Grand Palace for 10.00 INR."}
    async with make_world(reads("inquiry", words) | {"answer-inquiry": [invents]}) as world:
        result = await (await start(world, sample("07"))).result()
        assert (result.outcome, result.answered_by) == (TravelOutcome.INQUIRY_ANSWERED, "template")
        assert "Kite Air KT101 for 6,800.00 INR a person, one way" in result.message
        assert "Salt Hostel" in result.message


async def test_a_complaint_goes_to_a_person_with_the_bookings_that_it_names(make_world: MakeWorld) -> None:
    async with make_world(reads("complaint")) as world:
        handle = await start(world, sample("08"))
        shown: Any = (await gate_at(handle, "answer-complaint")).subject
        assert [booking["reference"] for booking in shown["bookings"]["bookings"]] == ["HO-8X3N5T1W", "FL-4H7K2M9Q"]
        await answers(handle, "answer-complaint", "We pay half of it back.")
        result = await handle.result()
        assert (result.outcome, result.answered_by) == (TravelOutcome.COMPLAINT_ANSWERED, "meera")
        assert result.case
        assert f"under the number {result.case}" in result.message
        assert result.message.endswith("We pay half of it back.")


async def test_a_complaint_that_nobody_answers_stays_on_file_and_nobody_is_told_of_anothers_booking(
    make_world: MakeWorld,
) -> None:
    stranger = {"name": "Mallory", "email": "mallory@example.net"}
    async with make_world(reads("complaint")) as world:
        handle = await start(world, sample("08"), traveller=stranger)
        shown: Any = (await gate_at(handle, "answer-complaint")).subject
        assert shown["bookings"] == {"bookings": [], "unknown": ["HO-8X3N5T1W", "FL-4H7K2M9Q"]}
        await world.env.fast_forward(handle, timedelta(days=5))
        result = await handle.result()
        assert result.outcome is TravelOutcome.COMPLAINT_FILED
        assert "We found no booking" in result.message


async def test_another_message_is_told_what_is_done_here(make_world: MakeWorld) -> None:
    async with make_world(reads("other")) as world:
        result = await (await start(world, message="Do you sell shoes?")).result()
        assert result.outcome is TravelOutcome.NOT_OURS
        assert "This desk books trips" in result.message


async def test_a_message_that_the_model_cannot_sort_is_sorted_by_a_person(make_world: MakeWorld) -> None:
    async with make_world(reads("booking", confidence=0.3)) as world:
        handle = await start(world, message="hm")
        await answers(handle, "intent-by-person", "other")
        result = await handle.result()
        assert (result.outcome, result.intent_by) == (TravelOutcome.NOT_OURS, "meera")
