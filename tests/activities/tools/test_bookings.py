"""Bookings: once, within what was approved, and gone when they are called off."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Update, delete, update

from activities.stores.database import Database
from activities.stores.tables import TRAVEL_FLIGHTS, TRAVEL_HOTELS, TRAVEL_RATES
from activities.tools.bookings import BookingActivities
from activities.tools.reservations import Reservations
from contracts.errors import NotApproved, ToolFailed, ToolUnavailable
from contracts.gates import digest_of
from contracts.tools import Act, Outcome
from contracts.travel import CancelBooking, TripBooking, TripToBook
from tests.activities.tools.trips import act, fill, flight, kept, trip


@pytest.fixture
def desk(database: Database) -> BookingActivities:
    """An inventory of one flight and one hotel."""
    fill(database)
    return BookingActivities(database)


def cancel(reference: str) -> Act[CancelBooking]:
    """The end of a booking."""
    argument = CancelBooking(reference=reference)
    key = "travel-booking/one/today/cancel"
    return Act(key=key, digest=digest_of(argument), argument=argument, undoes="travel-booking/one/today/book-flight")


def change(database: Database, statement: Any) -> None:
    """Behind everybody's back."""
    database.transact(lambda connection: connection.execute(statement))


async def test_what_is_booked_twice_under_one_key_is_booked_once(desk: BookingActivities, database: Database) -> None:
    wanted = trip(database)
    first, second = await desk.book_flight(act(wanted)), await desk.book_flight(act(wanted))
    assert first == second
    assert first.result.cost == wanted.flight.cost
    assert kept(database) == (1, 2)
    assert (await desk.book_hotel(act(wanted, "book-hotel"))).result.cost == wanted.hotel.cost
    assert kept(database) == (2, 4)


async def test_what_is_called_off_takes_no_seat_any_more(desk: BookingActivities, database: Database) -> None:
    booked = await desk.book_flight(act(trip(database)))
    for _ in range(2):
        await desk.cancel_flight(cancel(booked.result.reference))
    assert kept(database) == (0, 0)
    assert (await desk.book_flight(act(trip(database)))).outcome is Outcome.UNDONE
    with pytest.raises(ToolFailed, match="there is no booking HO-00000000"):
        await desk.cancel_hotel(cancel("HO-00000000").model_copy(update={"key": "other"}))


async def test_nothing_is_booked_that_nobody_approved(desk: BookingActivities, database: Database) -> None:
    approved = act(trip(database))
    dearer = trip(database, budget="90000")
    for forged in (approved.model_copy(update={"approval": None}), approved.model_copy(update={"argument": dearer})):
        with pytest.raises(NotApproved):
            await desk.book_flight(forged)
    assert kept(database) == (0, 0)


async def book_all(desk: BookingActivities, wanted: TripToBook) -> None:
    """The flight, then the hotel."""
    await desk.book_flight(act(wanted))
    await desk.book_hotel(act(wanted, "book-hotel"))


MEANWHILE: dict[str, tuple[Update, str, str | None]] = {
    "a dearer flight": (update(TRAVEL_FLIGHTS).values(price="6000.01"), r"flight costs 12,000.02 INR now", None),
    "a dearer hotel": (update(TRAVEL_HOTELS).values(price="400001"), r"hotel costs 800,002 IDR now", None),
    "a dearer hotel, above the limit": (update(TRAVEL_HOTELS).values(price="1000001"), r"above the limit", "20000"),
    "a rate above the limit": (
        update(TRAVEL_RATES).where(TRAVEL_RATES.c.currency == "INR").values(per_euro="300"), r"above the limit", "17000"
    ),
    "another currency": (update(TRAVEL_FLIGHTS).values(currency="USD"), r"12,000.00 USD now", None),
    "no seats": (update(TRAVEL_FLIGHTS).values(seats=0), r"K1 has no seats left", None),
    "no rooms": (update(TRAVEL_HOTELS).values(rooms=0), r"no rooms left", None),
}  # fmt: skip


@pytest.mark.parametrize(("meanwhile", "why", "budget"), MEANWHILE.values(), ids=MEANWHILE)
async def test_what_changed_since_the_approval_is_not_booked(
    desk: BookingActivities, database: Database, meanwhile: Update, why: str, budget: str | None
) -> None:
    wanted = trip(database, budget)
    change(database, meanwhile)
    with pytest.raises(ToolFailed, match=why):
        await book_all(desk, wanted)


async def test_a_limit_without_a_rate_is_not_kept_by_guessing(desk: BookingActivities, database: Database) -> None:
    wanted = trip(database)
    change(database, delete(TRAVEL_RATES).where(TRAVEL_RATES.c.currency == "IDR"))
    with pytest.raises(ToolFailed, match="no exchange rate for IDR"):
        await desk.book_flight(act(wanted))


async def test_what_has_become_cheaper_costs_what_it_costs_now(desk: BookingActivities, database: Database) -> None:
    wanted = trip(database)
    change(database, update(TRAVEL_FLIGHTS).values(price="5000.00"))
    assert str((await desk.book_flight(act(wanted))).result.cost) == "10,000.00 INR"


async def test_the_last_seat_goes_to_one_of_many(database: Database) -> None:
    fill(database, flight("K1", "BLR", "DPS", seats=1), flight("K2", "DPS", "BLR", seats=1))
    desk, wanted = BookingActivities(database), trip(database)
    all_at_once = (desk.book_flight(act(wanted, run=f"run-{n}")) for n in range(4))
    came = await asyncio.gather(*all_at_once, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in came) == 1
    assert kept(database) == (1, 2)


class LosesItsAnswer(Reservations):
    """Books, or does not, and never says so."""

    def __init__(self, database: Database, books: bool, error: Exception) -> None:
        super().__init__(database)
        self.books, self.error = books, error

    async def book_flight(self, key: str, trip: TripToBook) -> TripBooking:
        if self.books:
            await super().book_flight(key, trip)
        raise self.error


@pytest.mark.parametrize("error", [TimeoutError(), ToolUnavailable("the server is gone")], ids=["time-out", "lost"])
async def test_a_booking_whose_answer_is_lost_is_looked_up(database: Database, error: Exception) -> None:
    fill(database)
    lossy = BookingActivities(database, LosesItsAnswer(database, books=True, error=error))
    receipt = await lossy.book_flight(act(trip(database)))
    assert (receipt.outcome, kept(database)) == (Outcome.DONE, (1, 2))


async def test_a_booking_that_was_not_made_is_tried_again_only_after_it_could_have_been_seen(
    database: Database,
) -> None:
    fill(database)
    lossy = BookingActivities(database, LosesItsAnswer(database, books=False, error=TimeoutError()))
    for desk in (lossy, BookingActivities(database)):
        with pytest.raises(ToolUnavailable) as later:
            await desk.book_flight(act(trip(database)))
        assert later.value.next_retry_delay
    assert kept(database) == (0, 0)
