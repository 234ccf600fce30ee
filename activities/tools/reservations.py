"""The airlines' and hotels' systems that ship: the inventory in the database, asked under idempotency keys.

In front of real ones stands this class: what they are asked is `book_flight`, `book_hotel`, `cancel` and `find`.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from activities.stores.bookings import booking_of, cancel_booking, number_of, put_booking
from activities.stores.database import Database
from activities.stores.travel import current_rates, flights_between, hotels_in, keep_others_out, nights, taken
from activities.tools.travel_offers import flight_cost, hotel_cost
from contracts.errors import ToolFailed
from contracts.exchange import Cost, NoRate, added
from contracts.tools import Act
from contracts.travel import TripBooking, TripToBook
from contracts.travel_words import flight_in_words, hotel_in_words


class Reservations:
    """Books what a traveller has approved; a request that comes again under its key gets the first one's answer."""

    def __init__(self, database: Database) -> None:
        """`database` holds the inventory."""
        self._database = database

    @staticmethod
    def presumed_flight(act: Act[TripToBook]) -> TripBooking:
        """What a flight's booking is when only a person can say that it was made."""
        return TripBooking(reference=number_of(act.key, "FL"), cost=act.argument.flight.cost)

    @staticmethod
    def presumed_hotel(act: Act[TripToBook]) -> TripBooking:
        """The same of a hotel's."""
        return TripBooking(reference=number_of(act.key, "HO"), cost=act.argument.hotel.cost)

    async def book_flight(self, key: str, trip: TripToBook) -> TripBooking:
        """Book there and back. Raises ToolFailed (nothing was booked), ToolUnavailable."""
        return await self._database.run(lambda connection: _book_flight(connection, key, trip))

    async def book_hotel(self, key: str, trip: TripToBook) -> TripBooking:
        """Book the stay. Raises as `book_flight` does."""
        return await self._database.run(lambda connection: _book_hotel(connection, key, trip))

    async def cancel(self, reference: str) -> None:
        """Call a booking off. Raises ToolFailed (there is none), ToolUnavailable."""
        if not await self._database.run(lambda connection: cancel_booking(connection, reference)):
            raise ToolFailed(f"there is no booking {reference} to call off")

    async def find(self, key: str) -> TripBooking | None:
        """What was booked under a key. Raises ToolUnavailable."""
        return await self._database.run(lambda connection: booking_of(connection, key))


def _book_flight(connection: Connection, key: str, trip: TripToBook) -> TripBooking:
    if before := booking_of(connection, key):
        return before
    legs = (trip.flight.out, trip.flight.back)
    keep_others_out(connection, *(leg.flight_id for leg in legs))
    if trip.flight.out.departs <= datetime.now(UTC):
        raise ToolFailed(f"{trip.flight.out.flight_id} has left: nothing was booked")
    found = [flight for leg in legs for flight in flights_between(connection, flight_id=leg.flight_id)]
    if len(found) != len(legs):
        raise ToolFailed("the flight is not in the timetable any more: nothing was booked")
    for flight, leg in zip(found, legs, strict=True):
        if taken(connection, flight.flight_id, [leg.departs.date()]) + trip.people > flight.seats:
            raise ToolFailed(f"{flight.flight_id} has no seats left on {leg.departs.date()}: nothing was booked")
    cost = flight_cost(found[0], found[1], trip.people)
    _affordable(connection, "flight", cost, trip.flight.cost, _hotel_now(connection, trip), trip)
    units = {(leg.flight_id, leg.departs.date()): trip.people for leg in legs}
    return _put(connection, key, TripBooking(reference=number_of(key, "FL"), cost=cost), trip, units)


def _book_hotel(connection: Connection, key: str, trip: TripToBook) -> TripBooking:
    if before := booking_of(connection, key):
        return before
    wanted = trip.hotel
    keep_others_out(connection, wanted.hotel_id)
    stay = nights(wanted.check_in, wanted.check_out)
    found = hotels_in(connection, hotel_id=wanted.hotel_id)
    if not found or taken(connection, wanted.hotel_id, stay) + wanted.rooms > found[0].rooms:
        raise ToolFailed(f"{wanted.name} has no rooms left for these nights: nothing was booked there")
    cost = hotel_cost(found[0], len(stay), wanted.rooms)
    # The flight was booked at no more than this.
    _affordable(connection, "hotel", cost, wanted.cost, trip.flight.cost, trip)
    units = {(wanted.hotel_id, day): wanted.rooms for day in stay}
    return _put(connection, key, TripBooking(reference=number_of(key, "HO"), cost=cost), trip, units)


def _hotel_now(connection: Connection, trip: TripToBook) -> Cost:
    found = hotels_in(connection, hotel_id=trip.hotel.hotel_id)
    stay = (trip.hotel.check_out - trip.hotel.check_in).days
    return hotel_cost(found[0], stay, trip.hotel.rooms) if found else trip.hotel.cost


def _affordable(connection: Connection, what: str, cost: Cost, approved: Cost, rest: Cost, trip: TripToBook) -> None:
    """Prices and rates move between an approval and a booking. Raises ToolFailed."""
    if cost.currency != approved.currency or cost.amount > approved.amount:
        raise ToolFailed(f"the {what} costs {cost} now, {approved} was approved: nothing was booked")
    if trip.budget is None:
        return
    try:
        total = added((cost, rest), trip.budget.currency, current_rates(connection))
    except NoRate as missing:
        raise ToolFailed(f"{missing}, so nobody knows whether the limit is kept: nothing was booked") from None
    if total.amount > trip.budget.amount:
        raise ToolFailed(f"at today's rates the trip costs {total}, above the limit of {trip.budget}: not booked")


def _put(
    connection: Connection, key: str, booking: TripBooking, trip: TripToBook, units: Mapping[tuple[str, date], int]
) -> TripBooking:
    what = flight_in_words(trip.flight) if booking.reference.startswith("FL") else hotel_in_words(trip.hotel)
    put_booking(connection, key, booking, trip.traveller, what, units)
    return booking
