"""A small inventory, and a trip that a traveller has approved."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from activities.stores.database import Database
from activities.stores.tables import TRAVEL_BOOKINGS, TRAVEL_TAKEN
from activities.stores.travel import City, EuroRate, ListedHotel, TimetableFlight, put_inventory
from activities.tools.travel_offers import flight_offers, hotel_offers
from contracts.crm import Person
from contracts.exchange import Cost, ExchangeRates, added
from contracts.gates import Approval, digest_of
from contracts.tools import Act
from contracts.travel import TripToBook
from contracts.travel_desk import TripSearch
from contracts.travel_words import IF_THE_HOTEL_FAILS

NOW = datetime(2026, 11, 18, 8, tzinfo=UTC)
LEAVES = datetime.now(UTC).date() + timedelta(days=20)
RETURNS = LEAVES + timedelta(days=2)
RATES = {"EUR": "1", "INR": "100", "IDR": "20000", "USD": "1.25"}

CITIES = [
    City(code="BLR", name="Bengaluru", aliases=("Bangalore",), timezone="Asia/Kolkata"),
    City(code="DPS", name="Bali", aliases=("Denpasar", "बाली"), timezone="Asia/Makassar"),
    City(code="LIS", name="Lisbon", aliases=("Lissabon", "Lisboa"), timezone="Europe/Lisbon"),
]
HOTEL = ListedHotel(
    hotel_id="h1", name="Salt Inn", city="DPS", area="Ubud", stars=2, rooms=2, price=Decimal(400_000), currency="IDR",
    terms="free",
)  # fmt: skip


def flight(number: str, origin: str, destination: str, **changes: Any) -> TimetableFlight:
    """One that goes every day."""
    usual = TimetableFlight(
        flight_id=number, airline="Kite", origin=origin, destination=destination, departs=time(12), minutes=400,
        weekdays=tuple(range(7)), seats=2, price=Decimal("6000.00"), currency="INR", terms="free for a day",
    )  # fmt: skip
    return usual.model_copy(update=changes)


def fill(database: Database, *flights: TimetableFlight, hotels: tuple[ListedHotel, ...] = (HOTEL,)) -> None:
    """The inventory."""
    rates = [EuroRate(currency=code, per_euro=Decimal(rate), as_of=date(2026, 11, 20)) for code, rate in RATES.items()]
    both = flights or (flight("K1", "BLR", "DPS"), flight("K2", "DPS", "BLR"))
    for rows in (CITIES, both, hotels, rates):
        database.transact(partial(put_inventory, rows=rows))


def search(**changes: Any) -> TripSearch:
    """For one, there and back."""
    usual = TripSearch(origin="BLR", destination="DPS", leaves=LEAVES, returns=RETURNS, people=1, now=NOW)
    return usual.model_copy(update=changes)


def rates() -> ExchangeRates:
    """Round ones."""
    return ExchangeRates(as_of=date(2026, 11, 20), per_euro={code: Decimal(rate) for code, rate in RATES.items()})


def trip(database: Database, budget: str | None = "20000", people: int = 1) -> TripToBook:
    """What the inventory offers, as it is approved."""
    wanted = search(people=people)
    out = database.transact(lambda connection: flight_offers(connection, wanted)).offers[0]
    stay = database.transact(lambda connection: hotel_offers(connection, wanted)).offers[0]
    return TripToBook(
        traveller=Person(name="Meera Pillai", email="meera@example.com"),
        people=people,
        flight=out,
        hotel=stay,
        total=added((out.cost, stay.cost), "INR", rates()),
        budget=Cost(amount=Decimal(budget), currency="INR") if budget else None,
        rates_as_of=date(2026, 11, 20),
        terms=(),
        if_the_hotel_fails=IF_THE_HOTEL_FAILS,
    )


def act(trip: TripToBook, step: str = "book-flight", run: str = "one") -> Act[TripToBook]:
    """An approved booking."""
    digest = digest_of(trip)
    approval = Approval(request="run", gate="approve-booking", digest=digest, by="meera", at=NOW)
    return Act(key=f"travel-booking/{run}/today/{step}", digest=digest, argument=trip, approval=approval)


def kept(database: Database) -> tuple[int, int]:
    """How many bookings stand, and how many seats and rooms are taken, night by night."""
    standing = select(TRAVEL_BOOKINGS.c.key).where(TRAVEL_BOOKINGS.c.cancelled_at.is_(None))
    count = len(database.transact(lambda connection: connection.execute(standing).all()))
    units = database.transact(lambda connection: connection.execute(select(TRAVEL_TAKEN.c.units)).scalars().all())
    return count, sum(units)
