"""The travel inventory's tables, read and filled. Every function works inside its caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Table, func, select

from activities.stores.tables import (
    TRAVEL_CITIES,
    TRAVEL_FLIGHTS,
    TRAVEL_HOTELS,
    TRAVEL_RATES,
    TRAVEL_TAKEN,
    insert_into,
)
from contracts.crm import LeadId, Line
from contracts.exchange import Cost, Currency, ExchangeRates
from contracts.travel import CityCode, FlightLeg


class City(BaseModel):
    """One line of `samples/travel/cities.jsonl`."""

    model_config = ConfigDict(frozen=True)

    code: CityCode
    name: Line
    aliases: tuple[str, ...] = Field(description="how else people write it, in any script")
    timezone: str


class TimetableFlight(BaseModel):
    """One line of `samples/travel/flights.jsonl`: a flight that comes back every week."""

    model_config = ConfigDict(frozen=True)

    flight_id: LeadId
    airline: Line
    origin: CityCode
    destination: CityCode
    departs: time = Field(description="at the origin")
    minutes: int = Field(gt=0, lt=24 * 60, description="in the air")
    weekdays: tuple[int, ...] = Field(description="0: Monday")
    seats: int = Field(ge=0)
    price: Decimal = Field(gt=0, description="for one person, one way")
    currency: Currency
    terms: Line

    @property
    def cost(self) -> Cost:
        """For one person."""
        return Cost(amount=self.price, currency=self.currency)


class ListedHotel(BaseModel):
    """One line of `samples/travel/hotels.jsonl`."""

    model_config = ConfigDict(frozen=True)

    hotel_id: LeadId
    name: Line
    city: CityCode
    area: Line
    stars: int = Field(ge=1, le=5)
    rooms: int = Field(ge=0)
    price: Decimal = Field(gt=0, description="for one room and one night")
    currency: Currency
    terms: Line

    @property
    def cost(self) -> Cost:
        """For one room and one night."""
        return Cost(amount=self.price, currency=self.currency)


class EuroRate(BaseModel):
    """One line of `samples/travel/rates.jsonl`."""

    model_config = ConfigDict(frozen=True)

    currency: Currency
    per_euro: Decimal = Field(gt=0)
    as_of: date


_TABLES: dict[type[BaseModel], Table] = {
    City: TRAVEL_CITIES,
    TimetableFlight: TRAVEL_FLIGHTS,
    ListedHotel: TRAVEL_HOTELS,
    EuroRate: TRAVEL_RATES,
}


def put_inventory(connection: Connection, rows: Sequence[BaseModel]) -> None:
    """Add cities, flights, hotels or rates, all of one kind; one that is there already is replaced."""
    if not rows:
        return
    table = _TABLES[type(rows[0])]
    (key,) = (column.name for column in table.primary_key)
    row = insert_into(connection, table)
    others = {column.name: row.excluded[column.name] for column in table.c if column.name != key}
    replacing = row.on_conflict_do_update(index_elements=[key], set_=others)
    connection.execute(replacing, [one.model_dump(mode="json") for one in rows])


def all_cities(connection: Connection) -> list[City]:
    """Every city that is served, by name."""
    rows = connection.execute(select(TRAVEL_CITIES).order_by(TRAVEL_CITIES.c.name)).mappings()
    return [City.model_validate(dict(row)) for row in rows]


def flights_between(
    connection: Connection, origin: str | None = None, destination: str | None = None, flight_id: str | None = None
) -> list[TimetableFlight]:
    """The timetable, or a part of it, by id."""
    wanted = select(TRAVEL_FLIGHTS).order_by(TRAVEL_FLIGHTS.c.flight_id)
    for column, value in (("origin", origin), ("destination", destination), ("flight_id", flight_id)):
        if value is not None:
            wanted = wanted.where(TRAVEL_FLIGHTS.c[column] == value)
    return [TimetableFlight.model_validate(dict(row)) for row in connection.execute(wanted).mappings()]


def hotels_in(connection: Connection, city: str | None = None, hotel_id: str | None = None) -> list[ListedHotel]:
    """The hotels, or some of them, by id."""
    wanted = select(TRAVEL_HOTELS).order_by(TRAVEL_HOTELS.c.hotel_id)
    for column, value in (("city", city), ("hotel_id", hotel_id)):
        if value is not None:
            wanted = wanted.where(TRAVEL_HOTELS.c[column] == value)
    return [ListedHotel.model_validate(dict(row)) for row in connection.execute(wanted).mappings()]


def current_rates(connection: Connection) -> ExchangeRates:
    """The rates, and the day of the oldest of them."""
    rows = connection.execute(select(TRAVEL_RATES)).all()
    days = [date.fromisoformat(row.as_of) for row in rows]
    per_euro = {row.currency: Decimal(row.per_euro) for row in rows}
    return ExchangeRates(as_of=min(days, default=date.min), per_euro=per_euro)


def keep_others_out(connection: Connection, *items: str) -> None:
    """Whoever else wants the last seats or rooms of these waits for the end of this transaction.

    SQLite lets in one writer at a time anyway. The order is always the same, so that no two wait for each other.
    """
    for key in (TRAVEL_FLIGHTS.c.flight_id, TRAVEL_HOTELS.c.hotel_id):
        connection.execute(select(key).where(key.in_(items)).order_by(key).with_for_update()).all()


def taken(connection: Connection, item: str, days: Iterable[date]) -> int:
    """Seats or rooms of `item` that are taken on the fullest of the days."""
    of = [day.isoformat() for day in days]
    sums = (
        select(func.sum(TRAVEL_TAKEN.c.units))
        .where(TRAVEL_TAKEN.c.item == item, TRAVEL_TAKEN.c.day.in_(of))
        .group_by(TRAVEL_TAKEN.c.day)
    )
    return max((int(row[0]) for row in connection.execute(sums)), default=0)


def nights(check_in: date, check_out: date) -> list[date]:
    """The days on which somebody goes to bed there."""
    return [check_in + timedelta(days=n) for n in range((check_out - check_in).days)]


def on_day(flight: TimetableFlight, day: date, zones: dict[str, ZoneInfo]) -> FlightLeg:
    """The flight as it goes on a day; times in the air are counted in UTC, clocks may change meanwhile."""
    departs = datetime.combine(day, flight.departs, zones[flight.origin])
    arrives = (departs.astimezone(ZoneInfo("UTC")) + timedelta(minutes=flight.minutes)).astimezone(
        zones[flight.destination]
    )
    return FlightLeg(
        flight_id=flight.flight_id,
        airline=flight.airline,
        origin=flight.origin,
        destination=flight.destination,
        departs=departs,
        arrives=arrives,
    )
