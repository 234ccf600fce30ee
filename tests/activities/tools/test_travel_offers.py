"""What the inventory offers, and which of it fits: code's work alone."""

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from activities.stores.database import Database
from activities.stores.travel import put_inventory
from activities.tools.travel import TravelActivities
from activities.tools.travel_offers import ranked
from contracts.crm import Person
from contracts.errors import BadInput, ToolFailed
from contracts.exchange import Cost
from contracts.gates import digest_of
from contracts.tools import Act, Outcome
from contracts.travel import FlightOffers, HotelOffers, TripOffer
from contracts.travel_desk import AskInventory, FileComplaint, FindBooking, RankTrips, TripWords, Understand
from contracts.travel_words import nearest_in_words
from tests.activities.tools.trips import HOTEL, LEAVES, NOW, RETURNS, fill, flight, rates, search, trip
from workers.seed import read_travel

MEERA = Person(name="Meera Pillai", email="meera@example.com")
THERE, BACK = flight("K1", "BLR", "DPS"), flight("K2", "DPS", "BLR")


async def test_a_flight_there_and_back_is_of_one_airline_and_of_the_days_that_were_wanted(database: Database) -> None:
    other = flight("N1", "BLR", "DPS", airline="Nusa", price=Decimal(1))
    elsewhere = flight("K3", "BLR", "DPS", weekdays=((LEAVES.weekday() + 1) % 7,), price=Decimal(1))
    fill(database, THERE, BACK, other, elsewhere)
    found = await TravelActivities(database).search_flights(search())
    assert [(one.out.flight_id, one.back.flight_id) for one in found.offers] == [("K1", "K2")]
    (offer,) = found.offers
    assert (offer.out.departs.date(), offer.back.departs.date()) == (LEAVES, RETURNS)
    assert offer.out.departs.utcoffset() == timedelta(hours=5.5)
    assert offer.out.arrives.utcoffset() == timedelta(hours=8)
    assert offer.out.arrives - offer.out.departs == timedelta(minutes=400)


async def test_who_is_more_than_the_seats_or_rooms_is_offered_nothing(database: Database) -> None:
    fill(database, THERE, BACK)
    desk = TravelActivities(database)
    assert (await desk.search_flights(search(people=2))).offers[0].cost.amount == 24_000
    assert (await desk.search_flights(search(people=3))).offers == ()
    assert (await desk.search_hotels(search(people=3))).offers[0].rooms == 2
    assert (await desk.search_hotels(search(people=5))).offers == ()


async def test_what_leaves_too_soon_is_not_offered(database: Database) -> None:
    fill(database, THERE, BACK)
    soon = search().model_copy(update={"now": trip(database).flight.out.departs - timedelta(hours=2)})
    assert (await TravelActivities(database).search_flights(soon)).offers == ()


async def test_where_nothing_flies_on_the_day_the_nearest_days_are_looked_at(database: Database) -> None:
    out, back = ((day.weekday() + 1) % 7 for day in (LEAVES, RETURNS))
    fill(database, flight("K1", "BLR", "DPS", weekdays=(out,)), flight("K2", "DPS", "BLR", weekdays=(back,)))
    desk = TravelActivities(database)
    flights, hotels = await desk.search_flights(search()), await desk.search_hotels(search())
    found = await desk.rank(RankTrips(flights=flights, hotels=hotels))
    assert (flights.offers, found.options) == ((), ())
    assert found.nearest
    assert found.nearest.flight.out.departs.date() == found.nearest.hotel.check_in == LEAVES + timedelta(days=1)


def offers(database: Database) -> tuple[FlightOffers, HotelOffers]:
    """One flight, and hotels of 400, 400 and 900 thousand rupiah, two nights each."""
    more = [
        HOTEL.model_copy(update={"hotel_id": f"h{n}", "stars": n, "price": Decimal(p)}) for n, p in ((2, 4), (3, 9))
    ]
    dear = [one.model_copy(update={"price": one.price * 100_000}) for one in more]
    fill(database, hotels=(HOTEL, *dear))
    one = trip(database, None)
    stays = [
        one.hotel.model_copy(
            update={"hotel_id": h.hotel_id, "stars": h.stars, "cost": Cost(amount=2 * h.price, currency="IDR")}
        )
        for h in (HOTEL, *dear)
    ]
    return FlightOffers(offers=(one.flight,)), HotelOffers(offers=tuple(stays))


@pytest.mark.parametrize(
    ("limit", "fit"),
    [("21000.00", ["h1", "h2", "h3"]), ("20999.99", ["h1", "h2"]), ("16000.00", ["h1", "h2"]), ("15999.99", [])],
)
def test_what_costs_a_cent_more_than_the_limit_is_above_it(tmp_path: Path, limit: str, fit: list[str]) -> None:
    database = Database(f"sqlite:///{tmp_path}/signoff.db")
    flights, hotels = offers(database)
    budget = Cost(amount=Decimal(limit), currency="INR")
    found = ranked(RankTrips(flights=flights, hotels=hotels, budget=budget), rates())
    assert [option.hotel.hotel_id for option in found.options] == fit
    assert all(option.total.amount <= budget.amount for option in found.options)
    assert (found.nearest is None) is bool(fit)
    if found.nearest:
        assert "That is 0.01 INR above the limit." in nearest_in_words(found.nearest, budget)
    database.close()


async def test_the_samples_hold_what_they_promise() -> None:
    rows = {what: [one.model_dump() for one in found] for what, found in read_travel().items()}
    flights, hotels = rows["flights"], rows["hotels"]
    assert (len(flights), len(hotels)) == (200, 80)
    for kind in (flights, hotels):
        assert {one["currency"] for one in kind} == {"INR", "IDR", "EUR", "USD"}
    codes = {city["code"] for city in rows["cities"]}
    assert {one["origin"] for one in flights} <= codes
    assert {one["city"] for one in hotels} == codes


@pytest.mark.parametrize(
    "today", [date(2026, 11, 16) + timedelta(days=n) for n in range(7)], ids=lambda day: f"{day:%a}"
)
async def test_the_first_sample_finds_a_trip_on_any_day_of_the_week(tmp_path: Path, today: date) -> None:
    database = Database(f"sqlite:///{tmp_path}/signoff.db")
    for rows in read_travel().values():
        database.transact(partial(put_inventory, rows=list(rows)))
    desk, now = TravelActivities(database), NOW.replace(year=today.year, month=today.month, day=today.day)
    words = TripWords(destination="Bali", dates="the upcoming weekend", budget="20000 INR")
    request = Understand(message="20000 INR", timezone="Asia/Kolkata", now=now, home="BLR", words=words)
    wanted = await desk.understand(request)
    found = search(**wanted.model_dump(include={"leaves", "returns"}), now=now)
    offered = RankTrips(
        flights=await desk.search_flights(found), hotels=await desk.search_hotels(found), budget=wanted.budget
    )
    options: tuple[TripOffer, ...] = (await desk.rank(offered)).options
    assert len(options) == 3
    database.close()


async def test_facts_are_those_of_the_inventory(database: Database) -> None:
    fill(database)
    desk = TravelActivities(database)
    assert (await desk.facts(AskInventory())).facts == (
        "We book trips between these places: Bali, Bengaluru and Lisbon.",
    )
    flights, hotels = (await desk.facts(AskInventory(origin="BLR", destination="DPS"))).facts
    assert re.fullmatch(r"Flights from Bengaluru to Bali go every day; .* Kite K1 for 6,000.00 INR a person.*", flights)
    assert "Salt Inn in Ubud (2 stars) for 400,000 IDR" in hotels
    nothing = (await desk.facts(AskInventory(origin="BLR", destination="LIS"))).facts
    assert nothing == ("We have no flights from Bengaluru to Lisbon.", "We have no hotels in Lisbon.")


async def test_a_time_zone_that_is_none_and_an_empty_inventory_are_named(database: Database) -> None:
    request = Understand(message="hi", timezone="Asia/Bali", now=NOW, words=TripWords())
    desk = TravelActivities(database)
    with pytest.raises(BadInput, match="'Asia/Bali' is not an IANA time zone"):
        await desk.understand(request)
    with pytest.raises(ToolFailed, match=r"inventory is empty .*signoff seed"):
        await desk.understand(request.model_copy(update={"timezone": "Asia/Makassar"}))


async def test_a_complaint_is_kept_once(database: Database) -> None:
    desk = TravelActivities(database)
    complaint = FileComplaint(traveller=MEERA, message="The lobby.")
    act = Act(key="travel-booking/c/today/file-complaint", digest=digest_of(complaint), argument=complaint)
    first, second = await desk.file_complaint(act), await desk.file_complaint(act)
    assert first == second
    assert first.outcome is Outcome.DONE
    found = await desk.find_bookings(FindBooking(message="fl 4h7k2m9q?", email="nobody@example.com"))
    assert found.unknown == ("FL-4H7K2M9Q",)
