"""Offers: what the inventory has on given days, and which of it fits. No model has a say in it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from activities.stores.travel import (
    ListedHotel,
    TimetableFlight,
    all_cities,
    flights_between,
    hotels_in,
    nights,
    on_day,
    taken,
)
from contracts.exchange import Cost, ExchangeRates, added
from contracts.travel import FlightLeg, FlightOffer, FlightOffers, HotelOffer, HotelOffers, RankedTrips, TripOffer
from contracts.travel_desk import A_ROOM_HOLDS, RankTrips, TripSearch

MOST_FLIGHTS, MOST_HOTELS, MOST_OPTIONS = 10, 40, 3
"""Offers that go on from each search: the cheapest ones."""

DAYS_AROUND = 3
"""Where there is no flight on the day, so many days before and after are looked at for the nearest offer."""

NOTICE = timedelta(hours=3)
"""What leaves sooner cannot be caught."""


def rooms_for(people: int) -> int:
    """Two to a room."""
    return -(-people // A_ROOM_HOLDS)


def flight_offers(connection: Connection, search: TripSearch) -> FlightOffers:
    """There and back with one airline; `near` only where there is nothing on the days that were wanted."""
    zones = {city.code: ZoneInfo(city.timezone) for city in all_cities(connection)}
    there = flights_between(connection, search.origin, search.destination)
    home = flights_between(connection, search.destination, search.origin)

    def on(leaves: date, returns: date) -> list[FlightOffer]:
        outs = _going(connection, there, leaves, search, zones)
        backs = _going(connection, home, returns, search, zones)
        return [
            _flight_offer(out, back, search.people)
            for out, back in product(outs, backs)
            if out[0].airline == back[0].airline and out[1].arrives < back[1].departs
        ]

    if offers := _cheapest(on(search.leaves, search.returns)):
        return FlightOffers(offers=offers)
    shifts = [timedelta(days=n) for n in range(-DAYS_AROUND, DAYS_AROUND + 1) if n]
    near = [offer for shift in shifts for offer in on(search.leaves + shift, search.returns + shift)]
    return FlightOffers(near=_cheapest(near))


def hotel_offers(connection: Connection, search: TripSearch) -> HotelOffers:
    """The hotels with enough rooms on every night, the cheapest first."""
    rooms, stay = rooms_for(search.people), nights(search.leaves, search.returns)
    free = [
        hotel
        for hotel in hotels_in(connection, search.destination)
        if taken(connection, hotel.hotel_id, stay) + rooms <= hotel.rooms
    ]
    offers = [_hotel_offer(hotel, search.leaves, search.returns, rooms) for hotel in free]
    return HotelOffers(offers=tuple(sorted(offers, key=lambda one: (one.cost.amount, one.hotel_id))[:MOST_HOTELS]))


def ranked(request: RankTrips, rates: ExchangeRates) -> RankedTrips:
    """What fits the budget, the cheapest first, one option for each hotel; where nothing fits, the nearest. Raises
    NoRate."""
    flights = request.flights.offers or request.flights.near
    currency = request.budget.currency if request.budget else flights[0].cost.currency if flights else "EUR"
    trips = sorted(_trips(flights, request.hotels.offers, currency, rates), key=_order)
    best = (
        list({trip.hotel.hotel_id: trip for trip in reversed(trips)}.values())[::-1] if request.flights.offers else []
    )
    fits = [trip for trip in best if request.budget is None or trip.total.amount <= request.budget.amount]
    nearest = None if fits else next(iter(trips), None)
    return RankedTrips(options=tuple(fits[:MOST_OPTIONS]), nearest=nearest, rates_as_of=rates.as_of)


def _trips(
    flights: Sequence[FlightOffer], hotels: Sequence[HotelOffer], currency: str, rates: ExchangeRates
) -> Iterable[TripOffer]:
    for flight, hotel in product(flights, hotels):
        # On other days than those that were wanted the stay costs the same.
        days = {"check_in": flight.out.departs.date(), "check_out": flight.back.departs.date()}
        total = added((flight.cost, hotel.cost), currency, rates)
        yield TripOffer(flight=flight, hotel=hotel.model_copy(update=days), total=total)


def _order(trip: TripOffer) -> tuple[object, ...]:
    flight = trip.flight
    return trip.total.amount, -trip.hotel.stars, flight.out.departs, flight.out.flight_id, trip.hotel.hotel_id


def _going(
    connection: Connection,
    flights: Iterable[TimetableFlight],
    day: date,
    search: TripSearch,
    zones: dict[str, ZoneInfo],
) -> list[tuple[TimetableFlight, FlightLeg]]:
    found = []
    for flight in flights:
        if (
            day.weekday() not in flight.weekdays
            or taken(connection, flight.flight_id, [day]) + search.people > flight.seats
        ):
            continue
        leg = on_day(flight, day, zones)
        if can_be_caught(leg, search.now):
            found.append((flight, leg))
    return found


def can_be_caught(leg: FlightLeg, now: datetime) -> bool:
    """Whether it leaves late enough."""
    return leg.departs >= now + NOTICE


def flight_cost(out: TimetableFlight, back: TimetableFlight, people: int) -> Cost:
    """There and back for everybody. An airline has one currency."""
    return Cost(amount=(out.price + back.price) * people, currency=out.currency)


def hotel_cost(hotel: ListedHotel, stay: int, rooms: int) -> Cost:
    """The whole stay."""
    return hotel.cost.times(stay * rooms)


def _flight_offer(
    out: tuple[TimetableFlight, FlightLeg], back: tuple[TimetableFlight, FlightLeg], people: int
) -> FlightOffer:
    return FlightOffer(out=out[1], back=back[1], cost=flight_cost(out[0], back[0], people), terms=out[0].terms)


def _hotel_offer(hotel: ListedHotel, check_in: date, check_out: date, rooms: int) -> HotelOffer:
    return HotelOffer(
        hotel_id=hotel.hotel_id,
        name=hotel.name,
        area=hotel.area,
        stars=hotel.stars,
        check_in=check_in,
        check_out=check_out,
        rooms=rooms,
        cost=hotel_cost(hotel, (check_out - check_in).days, rooms),
        terms=hotel.terms,
    )


def _cheapest(offers: Iterable[FlightOffer]) -> tuple[FlightOffer, ...]:
    key = lambda offer: (offer.cost.amount, offer.out.departs, offer.out.flight_id, offer.back.flight_id)  # noqa: E731
    return tuple(sorted(offers, key=key)[:MOST_FLIGHTS])
