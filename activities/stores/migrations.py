"""The tables' versions: numbered steps, each taken once by every database, in one transaction.

A step is never changed once it has shipped; what is new is one more step. Workers of the version before go on for a
while beside those of this one, so a step adds, and what they still read or write stays. See docs/decisions/0011.
"""

from sqlalchemy import Connection, inspect, text

VERSIONS = "schema_version"

_WORDS = {
    "sqlite": {"time": "DATETIME", "unsettled": "settled = 0"},
    "postgresql": {"time": "TIMESTAMP WITH TIME ZONE", "unsettled": "NOT settled"},
}
"""Where the two differ; the partial index must hold the very words of the queries that it is for."""

_FIRST = (
    """CREATE TABLE IF NOT EXISTS leads (
        lead_id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, salutation TEXT NOT NULL, email TEXT NOT NULL,
        company TEXT NOT NULL, timezone TEXT NOT NULL, interest TEXT NOT NULL, notes TEXT NOT NULL, owner JSON NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS meetings (
        key TEXT PRIMARY KEY NOT NULL, owner_email TEXT NOT NULL, starts {time} NOT NULL, ends {time} NOT NULL,
        weekly BOOLEAN NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS ix_meetings_owner_email ON meetings (owner_email)",
    """CREATE TABLE IF NOT EXISTS follow_ups (
        key TEXT PRIMARY KEY NOT NULL, lead_id TEXT NOT NULL REFERENCES leads (lead_id), message_id TEXT NOT NULL,
        logged_at {time} NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS ix_follow_ups_lead_id ON follow_ups (lead_id)",
    """CREATE TABLE IF NOT EXISTS effects (
        key TEXT PRIMARY KEY NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
        fence INTEGER NOT NULL, claimed_by TEXT NOT NULL, claimed_at {time} NOT NULL, over_at {time} NOT NULL,
        presumed JSON NOT NULL, receipt JSON, done_at {time}, settled_by TEXT
    )""",
    """CREATE TABLE IF NOT EXISTS spending (
        key TEXT PRIMARY KEY NOT NULL, process TEXT NOT NULL, tenant TEXT, nano_usd BIGINT NOT NULL,
        entered_at {time} NOT NULL, billed_by {time} NOT NULL, settled BOOLEAN NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS spending_of_fleet ON spending (billed_by, nano_usd)",
    "CREATE INDEX IF NOT EXISTS spending_of_process ON spending (process, billed_by, nano_usd)",
    "CREATE INDEX IF NOT EXISTS spending_of_tenant ON spending (tenant, billed_by, nano_usd)",
    "CREATE INDEX IF NOT EXISTS spending_under_way ON spending (entered_at) WHERE {unsettled}",
)
"""Databases older than the versions have these tables, or some of them, and no version."""

_LEASES = (
    "ALTER TABLE effects ADD COLUMN held_until {time}",
    "ALTER TABLE effects ADD COLUMN clear_at {time}",
    "ALTER TABLE effects ADD COLUMN acted_at {time}",
    "ALTER TABLE effects ADD COLUMN lease_fence INTEGER",
)

_TICKETS = (
    """CREATE TABLE tickets (
        ticket_id TEXT PRIMARY KEY NOT NULL, customer JSON NOT NULL, company TEXT NOT NULL, opened_at {time} NOT NULL,
        subject TEXT NOT NULL, body TEXT NOT NULL, systems JSON NOT NULL, log TEXT NOT NULL, resolution TEXT,
        message TEXT, sources JSON, closed_by TEXT, closed_at {time}
    )""",
)

_TRANSCRIPTS = (
    """CREATE TABLE transcripts (
        hash TEXT PRIMARY KEY NOT NULL, owner TEXT, opening TEXT NOT NULL, parent TEXT, size BIGINT NOT NULL,
        fresh BOOLEAN NOT NULL, body TEXT NOT NULL, opened_at {time}
    )""",
)

_ONBOARDING = (
    """CREATE TABLE credit_files (
        person TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, born TEXT NOT NULL, score INTEGER NOT NULL,
        defaults INTEGER NOT NULL
    )""",
    """CREATE TABLE customers (
        application_id TEXT PRIMARY KEY NOT NULL, customer_id TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
        product TEXT NOT NULL, credit_limit BIGINT NOT NULL, admission JSON NOT NULL, created_by TEXT NOT NULL,
        created_at {time} NOT NULL
    )""",
)

_TRAVEL = (
    """CREATE TABLE travel_cities (
        code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, aliases JSON NOT NULL, timezone TEXT NOT NULL
    )""",
    """CREATE TABLE travel_flights (
        flight_id TEXT PRIMARY KEY NOT NULL, airline TEXT NOT NULL, origin TEXT NOT NULL, destination TEXT NOT NULL,
        departs TEXT NOT NULL, minutes INTEGER NOT NULL, weekdays JSON NOT NULL, seats INTEGER NOT NULL,
        price TEXT NOT NULL, currency TEXT NOT NULL, terms TEXT NOT NULL
    )""",
    "CREATE INDEX ix_travel_flights_origin ON travel_flights (origin)",
    """CREATE TABLE travel_hotels (
        hotel_id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL, area TEXT NOT NULL,
        stars INTEGER NOT NULL, rooms INTEGER NOT NULL, price TEXT NOT NULL, currency TEXT NOT NULL, terms TEXT NOT NULL
    )""",
    "CREATE INDEX ix_travel_hotels_city ON travel_hotels (city)",
    "CREATE TABLE travel_rates (currency TEXT PRIMARY KEY NOT NULL, per_euro TEXT NOT NULL, as_of TEXT NOT NULL)",
    """CREATE TABLE travel_bookings (
        key TEXT PRIMARY KEY NOT NULL, reference TEXT NOT NULL UNIQUE, what TEXT NOT NULL, traveller TEXT NOT NULL,
        email TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL, booked_at {time} NOT NULL,
        cancelled_at {time}
    )""",
    """CREATE TABLE travel_taken (
        reference TEXT NOT NULL REFERENCES travel_bookings (reference), item TEXT NOT NULL, day TEXT NOT NULL,
        units INTEGER NOT NULL, PRIMARY KEY (reference, item, day)
    )""",
    "CREATE INDEX ix_travel_taken_item ON travel_taken (item, day)",
    """CREATE TABLE travel_complaints (
        key TEXT PRIMARY KEY NOT NULL, case_number TEXT NOT NULL, traveller TEXT NOT NULL, email TEXT NOT NULL,
        message TEXT NOT NULL, bookings JSON NOT NULL, filed_at {time} NOT NULL
    )""",
)

STEPS = (_FIRST, _LEASES, _TICKETS, _TRANSCRIPTS, _ONBOARDING, _TRAVEL)


class NewerDatabase(Exception):
    """A newer program has changed the tables; the message is the reason, in a few words."""


def migrate(connection: Connection) -> None:
    """Bring the tables up to this program's version. The caller's transaction lets in one at a time.

    Raises NewerDatabase.
    """
    have = _version(connection)
    if have > len(STEPS):
        raise NewerDatabase(f"its tables are of version {have}, this program knows {len(STEPS)}: update the program")
    words = _WORDS[connection.dialect.name]
    for number, step in enumerate(STEPS[have:], start=have + 1):
        for statement in step:
            connection.exec_driver_sql(statement.format(**words))
        made = text(f"INSERT INTO {VERSIONS} (version, made_at) VALUES (:number, CURRENT_TIMESTAMP)")
        connection.execute(made, {"number": number})


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(VERSIONS):
        time = _WORDS[connection.dialect.name]["time"]
        connection.exec_driver_sql(f"CREATE TABLE {VERSIONS} (version INTEGER PRIMARY KEY, made_at {time} NOT NULL)")
    return int(connection.scalar(text(f"SELECT MAX(version) FROM {VERSIONS}")) or 0)
