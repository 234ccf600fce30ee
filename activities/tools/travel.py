"""The travel desk that ships: an inventory in the database of the settings."""

import re
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection
from temporalio import activity

from activities.effects import receipt_of
from activities.stores.bookings import find_booking, number_of, put_complaint
from activities.stores.database import Database
from activities.stores.ledger import Claim, Ledger
from activities.stores.travel import all_cities, current_rates, flights_between, hotels_in
from activities.tools.travel_facts import facts_about
from activities.tools.travel_offers import flight_offers, hotel_offers, ranked
from activities.tools.travel_understanding import understand
from contracts.errors import BadInput, ToolFailed
from contracts.exchange import NoRate
from contracts.tools import Act, Receipt
from contracts.travel import FlightOffers, HotelOffers, RankedTrips
from contracts.travel_desk import (
    AskInventory,
    BookingsFound,
    FileComplaint,
    FiledComplaint,
    FindBooking,
    InventoryFacts,
    RankTrips,
    TravelPort,
    TripSearch,
    Understand,
    Understood,
)

_REFERENCE = re.compile(r"(?<![A-Z0-9])(FL|HO)[-\s]?([0-9A-Z]{8})(?![A-Z0-9])")
MOST_REFERENCES = 10


class TravelActivities(TravelPort):
    """Searching, and keeping complaints."""

    def __init__(self, database: Database) -> None:
        """`database` keeps the ledger too, so that a complaint and its receipt are one transaction."""
        self._database = database
        self._ledger = Ledger(database)

    @activity.defn(name="travel.understand")
    async def understand(self, request: Understand) -> Understood:
        """Read words as codes, days and amounts. Raises BadInput (time zone), ToolUnavailable."""
        today = request.now.astimezone(_zone(request.timezone)).date()
        cities, rates = await self._database.run(lambda connection: (all_cities(connection), current_rates(connection)))
        if not cities:
            raise ToolFailed(f"the travel inventory is empty ({self._database.name}): load it with `signoff seed`")
        return understand(request, today, cities, sorted(rates.per_euro))

    @activity.defn(name="travel.search_flights")
    async def search_flights(self, request: TripSearch) -> FlightOffers:
        """Flights there and back with seats for everybody. Raises ToolUnavailable."""
        return await self._database.run(lambda connection: flight_offers(connection, request))

    @activity.defn(name="travel.search_hotels")
    async def search_hotels(self, request: TripSearch) -> HotelOffers:
        """Hotels with rooms for everybody on every night. Raises ToolUnavailable."""
        return await self._database.run(lambda connection: hotel_offers(connection, request))

    @activity.defn(name="travel.rank")
    async def rank(self, request: RankTrips) -> RankedTrips:
        """What fits, by price, at today's rates. Raises ToolFailed (no rate), ToolUnavailable."""
        rates = await self._database.run(current_rates)
        try:
            return ranked(request, rates)
        except NoRate as missing:
            raise ToolFailed(f"{missing}: add it to the table travel_rates") from None

    @activity.defn(name="travel.find_bookings")
    async def find_bookings(self, request: FindBooking) -> BookingsFound:
        """The bookings that a message names. Raises ToolUnavailable."""
        named = dict.fromkeys("-".join(parts) for parts in _REFERENCE.findall(request.message.upper()))

        def look(connection: Connection) -> BookingsFound:
            found = {one: find_booking(connection, one, request.email) for one in list(named)[:MOST_REFERENCES]}
            return BookingsFound(
                bookings=tuple(booking for booking in found.values() if booking),
                unknown=tuple(name for name, booking in found.items() if not booking),
            )

        return await self._database.run(look)

    @activity.defn(name="travel.facts")
    async def facts(self, request: AskInventory) -> InventoryFacts:
        """What there is to say about places. Raises ToolUnavailable."""

        def read(connection: Connection) -> InventoryFacts:
            names = {city.code: city.name for city in all_cities(connection)}
            flights = flights_between(connection, request.origin, request.destination)
            hotels = hotels_in(connection, request.destination) if request.destination else []
            return InventoryFacts(facts=facts_about(request, names, flights, hotels))

        return await self._database.run(read)

    @activity.defn(name="travel.file_complaint")
    async def file_complaint(self, act: Act[FileComplaint]) -> Receipt[FiledComplaint]:
        """Keep a complaint, once. Raises ToolUnavailable."""
        filed = FiledComplaint(case=number_of(act.key, "CASE"))
        claim = Claim(act.key, act.digest, "travel.file_complaint", filed, timedelta(), act.undoes)

        def write(connection: Connection) -> Receipt[FiledComplaint]:
            entry, first = self._ledger.record(connection, claim)
            if first:
                put_complaint(connection, act.key, filed.case, act.argument)
            return receipt_of(entry, act.digest, FiledComplaint)

        await self._ledger.ready(act.key)
        return await self._database.run(write)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"timezone: {name!r} is not an IANA time zone, like Asia/Kolkata") from None
