"""The tables as they are now, the same on SQLite and PostgreSQL; `migrations` makes them. All times are UTC."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite


class Utc(TypeDecorator[datetime]):
    """An aware time. SQLite keeps no zone, so it is stored as UTC and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. A naive time would be taken for the machine's own zone: it is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

LEADS = Table(
    "leads",
    METADATA,
    Column("lead_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("salutation", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("interest", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("owner", JSON, nullable=False),
)
"""One column for each field of `contracts.crm.Lead`."""

MEETINGS = Table(
    "meetings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("owner_email", Text, nullable=False, index=True),
    Column("starts", Utc, nullable=False),
    Column("ends", Utc, nullable=False),
    Column("weekly", Boolean, nullable=False),
)
"""When owners are busy. A weekly one repeats from its first start, at the same time in UTC."""

FOLLOW_UPS = Table(
    "follow_ups",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("lead_id", Text, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("message_id", Text, nullable=False),
    Column("logged_at", Utc, nullable=False),
)

TICKETS = Table(
    "tickets",
    METADATA,
    Column("ticket_id", Text, primary_key=True),
    Column("customer", JSON, nullable=False),
    Column("company", Text, nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("systems", JSON, nullable=False),
    Column("log", Text, nullable=False),
    Column("resolution", Text),
    Column("message", Text),
    Column("sources", JSON),
    Column("closed_by", Text),
    Column("closed_at", Utc),
)
"""Those of `contracts.tickets.FiledTicket`; the last five are set when it is closed; `closed_by`: an effect's key."""

EFFECTS = Table(
    "effects",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("tool", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_at", Utc, nullable=False),
    Column("over_at", Utc, nullable=False),
    Column("presumed", JSON, nullable=False),
    Column("receipt", JSON),
    Column("done_at", Utc),
    Column("settled_by", Text),
    Column("held_until", Utc),
    Column("clear_at", Utc),
    Column("acted_at", Utc),
    Column("lease_fence", Integer),
)
"""See `entries.Entry`. `held_until` and `clear_at` are by `clocks.steady`, the other times by the wall clock.

Workers of the first version go by `over_at`, and leave alone what came later: where `lease_fence` is not the `fence`,
the claim is one of theirs.
"""


CREDIT_FILES = Table(
    "credit_files",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("born", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("defaults", Integer, nullable=False),
)
"""One column for each field of `contracts.credit.CreditFile`; `person`: name in small letters, birth date."""

CUSTOMERS = Table(
    "customers",
    METADATA,
    Column("application_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("credit_limit", BigInteger, nullable=False),
    Column("admission", JSON, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
)
"""Those of `contracts.customers.NewCustomer`; `created_by`: an effect's key. None without its admission."""

SPENDING = Table(
    "spending",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("tenant", Text),
    Column("nano_usd", BigInteger, nullable=False),
    Column("entered_at", Utc, nullable=False),
    Column("billed_by", Utc, nullable=False),
    Column("settled", Boolean, nullable=False),
    Index("spending_of_fleet", "billed_by", "nano_usd"),
    Index("spending_of_process", "process", "billed_by", "nano_usd"),
    Index("spending_of_tenant", "tenant", "billed_by", "nano_usd"),
)
"""See `spending.Entry`. The indexes hold all that the sums read."""

TRANSCRIPTS = Table(
    "transcripts",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("owner", Text),
    Column("opening", Text, nullable=False),
    Column("parent", Text),
    Column("size", BigInteger, nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("opened_at", Utc),
)
"""See `transcripts`."""

TRAVEL_CITIES = Table(
    "travel_cities",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("aliases", JSON, nullable=False),
    Column("timezone", Text, nullable=False),
)

TRAVEL_FLIGHTS = Table(
    "travel_flights",
    METADATA,
    Column("flight_id", Text, primary_key=True),
    Column("airline", Text, nullable=False),
    Column("origin", Text, nullable=False, index=True),
    Column("destination", Text, nullable=False),
    Column("departs", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("weekdays", JSON, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("price", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("terms", Text, nullable=False),
)
"""A timetable: each flight on its weekdays (0: Monday), at its origin's time, for so many minutes."""

TRAVEL_HOTELS = Table(
    "travel_hotels",
    METADATA,
    Column("hotel_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("city", Text, nullable=False, index=True),
    Column("area", Text, nullable=False),
    Column("stars", Integer, nullable=False),
    Column("rooms", Integer, nullable=False),
    Column("price", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("terms", Text, nullable=False),
)
"""Prices are for one room and one night. SQLite keeps no exact decimals: prices are text."""

TRAVEL_RATES = Table(
    "travel_rates",
    METADATA,
    Column("currency", Text, primary_key=True),
    Column("per_euro", Text, nullable=False),
    Column("as_of", Text, nullable=False),
)

TRAVEL_BOOKINGS = Table(
    "travel_bookings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("what", Text, nullable=False),
    Column("traveller", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("amount", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("booked_at", Utc, nullable=False),
    Column("cancelled_at", Utc),
)
"""`key`: the effect's, which is the idempotency key of the airlines' and hotels' systems."""

TRAVEL_TAKEN = Table(
    "travel_taken",
    METADATA,
    Column("reference", Text, ForeignKey("travel_bookings.reference"), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("units", Integer, nullable=False),
    Index("ix_travel_taken_item", "item", "day"),
)
"""Seats of a flight on a day, rooms of a hotel in a night; gone once the booking is called off."""

TRAVEL_COMPLAINTS = Table(
    "travel_complaints",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("case_number", Text, nullable=False),
    Column("traveller", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("bookings", JSON, nullable=False),
    Column("filed_at", Utc, nullable=False),
)

Index(
    "spending_under_way",
    SPENDING.c.entered_at,
    sqlite_where=~SPENDING.c.settled,
    postgresql_where=~SPENDING.c.settled,
)


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which is not in SQLAlchemy's common part."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
