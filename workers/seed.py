"""`python -m workers.seed`: loads the samples into the database; again and again if you like."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from activities.stores.bookings import put_booking
from activities.stores.credit import put_credit
from activities.stores.crm import Busy, put_leads, put_meeting
from activities.stores.database import Database
from activities.stores.tickets import put_tickets
from activities.stores.travel import City, EuroRate, ListedHotel, TimetableFlight, put_inventory
from contracts.credit import CreditFile
from contracts.crm import Lead, Person
from contracts.errors import BadInput, SignoffError, ToolUnavailable
from contracts.exchange import Cost
from contracts.tickets import FiledTicket
from contracts.travel import Reference, TripBooking
from runtime.settings import Settings, SettingsError, load_settings
from workers.disk import StateError, check_database, check_room, sqlite_file

M = TypeVar("M", bound=BaseModel)

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "leads.jsonl"
TICKETS = SAMPLES.with_name("tickets.jsonl")
CREDIT = SAMPLES.with_name("credit.jsonl")
TRAVEL = SAMPLES.with_name("travel")

_BUSY = {
    "team": (datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(hours=1)),
    "review": (datetime(2026, 1, 8, 13, tzinfo=UTC), timedelta(hours=2)),
}
"""Two meetings a week, Mondays at 9 and Thursdays at 13 UTC, that keep every owner of a sample lead busy."""


class SampleBooking(BaseModel):
    """One line of `samples/travel/bookings.jsonl`: a booking that complaints can name."""

    reference: Reference
    what: str
    traveller: Person
    cost: Cost
    booked_at: datetime


def seed(settings: Settings, file: Path = SAMPLES) -> dict[str, int]:
    """Load leads with their owners' weekly meetings, and the other samples; how many of each.

    Raises BadInput (names the line) and ToolUnavailable; either way nothing is loaded.
    """
    leads, tickets = list(read_leads(file)), list(read_tickets(TICKETS))
    credit = list(read_credit(CREDIT))
    inventory = {what: list(rows) for what, rows in read_travel().items()}
    bookings = list(_read(TRAVEL / "bookings.jsonl", SampleBooking, "booking", lambda one: one.reference))

    def load(connection: Connection) -> None:
        put_leads(connection, leads)
        put_tickets(connection, tickets)
        put_credit(connection, credit)
        for rows in inventory.values():
            put_inventory(connection, rows)
        for one in bookings:
            booking = TripBooking(reference=one.reference, cost=one.cost)
            put_booking(connection, f"sample/{one.reference}", booking, one.traveller, one.what, {}, one.booked_at)
        for owner in sorted({lead.owner.email for lead in leads}):
            for name, (starts, length) in _BUSY.items():
                put_meeting(connection, f"sample/{owner}/{name}", owner, Busy(starts, starts + length, weekly=True))

    database = Database(settings.database_url)
    try:
        database.transact(load)
    finally:
        database.close()
    others = {what: len(rows) for what, rows in inventory.items()}
    return {"leads": len(leads), "tickets": len(tickets), "credit_files": len(credit), **others}


def read_leads(file: Path) -> Iterator[Lead]:
    """The leads of a JSON-lines file; empty lines are skipped. Raises BadInput."""
    return _read(file, Lead, "lead", lambda lead: lead.lead_id)


def read_tickets(file: Path) -> Iterator[FiledTicket]:
    """The tickets of a JSON-lines file; empty lines are skipped. Raises BadInput."""
    return _read(file, FiledTicket, "ticket", lambda ticket: ticket.ticket_id)


def read_credit(file: Path) -> Iterator[CreditFile]:
    """The credit files of a JSON-lines file; empty lines are skipped. Raises BadInput."""
    return _read(file, CreditFile, "the file of", lambda one: f"{one.name}, {one.born}")


def read_travel() -> dict[str, Iterator[BaseModel]]:
    """The sample inventory of trips. Raises BadInput."""
    return {
        "cities": _read(TRAVEL / "cities.jsonl", City, "city", lambda city: city.code),
        "flights": _read(TRAVEL / "flights.jsonl", TimetableFlight, "flight", lambda flight: flight.flight_id),
        "hotels": _read(TRAVEL / "hotels.jsonl", ListedHotel, "hotel", lambda hotel: hotel.hotel_id),
        "rates": _read(TRAVEL / "rates.jsonl", EuroRate, "rate", lambda rate: rate.currency),
    }


def _read(file: Path, kind: type[M], what: str, key: Callable[[M], str]) -> Iterator[M]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"{file} cannot be read: {reason}") from None
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            one = kind.model_validate_json(line)
        except ValidationError as error:
            raise BadInput(f"{file}, line {number}: {_first_problem(error)}") from None
        if key(one) in seen:
            raise BadInput(f"{file}, line {number}: {what} {key(one)} stands on line {seen[key(one)]} already")
        seen[key(one)] = number
        yield one


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def main() -> int:
    """Exit code: 0 loaded; 1 the database cannot be used; 2 a setting, a file or a folder to mend."""
    parser = argparse.ArgumentParser(prog="python -m workers.seed", description="Load the samples.")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a line of text")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
        if file := sqlite_file(settings.database_url):
            check_room(file.parent, "set SIGNOFF_DATABASE_URL")
            check_database(file)
        loaded = seed(settings)
    except (SettingsError, StateError, BadInput, ValueError) as error:
        return _fail(error, 2)
    except ToolUnavailable as error:
        return _fail(error, 1)
    where = Database(settings.database_url).name
    *first, last = (f"{count} {what.replace('_', ' ')}" for what, count in loaded.items())
    words = f"{', '.join(first)} and {last}"
    print(json.dumps({**loaded, "database": where}) if arguments.json else f"{words} in {where}")
    return 0


def _fail(error: Exception, code: int) -> int:
    words = error.message if isinstance(error, SignoffError) else error
    print(f"signoff: {words}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
