"""`python -m workers.seed`: loads the sample leads into the database; again and again if you like."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection

from activities.stores.crm import Busy, put_leads, put_meeting
from activities.stores.database import Database
from contracts.crm import Lead
from contracts.errors import BadInput, SignoffError, ToolUnavailable
from runtime.settings import Settings, SettingsError, load_settings
from workers.disk import StateError, check_database, check_room, sqlite_file

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "leads.jsonl"

_BUSY = {
    "team": (datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(hours=1)),
    "review": (datetime(2026, 1, 8, 13, tzinfo=UTC), timedelta(hours=2)),
}
"""Two meetings a week, Mondays at 9 and Thursdays at 13 UTC, that keep every owner of a sample lead busy."""


def seed(settings: Settings, file: Path = SAMPLES) -> int:
    """Load the leads of a file, and their owners' weekly meetings; the number of leads.

    Raises BadInput (names the line) and ToolUnavailable; either way nothing is loaded.
    """
    leads = list(read_leads(file))

    def load(connection: Connection) -> None:
        put_leads(connection, leads)
        for owner in sorted({lead.owner.email for lead in leads}):
            for name, (starts, length) in _BUSY.items():
                put_meeting(connection, f"sample/{owner}/{name}", owner, Busy(starts, starts + length, weekly=True))

    database = Database(settings.database_url)
    try:
        database.transact(load)
    finally:
        database.close()
    return len(leads)


def read_leads(file: Path) -> Iterator[Lead]:
    """The leads of a JSON-lines file; empty lines are skipped. Raises BadInput."""
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
            lead = Lead.model_validate_json(line)
        except ValidationError as error:
            raise BadInput(f"{file}, line {number}: {_first_problem(error)}") from None
        if lead.lead_id in seen:
            raise BadInput(f"{file}, line {number}: lead {lead.lead_id} stands on line {seen[lead.lead_id]} already")
        seen[lead.lead_id] = number
        yield lead


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def main() -> int:
    """Exit code: 0 loaded; 1 the database cannot be used; 2 a setting, a file or a folder to mend."""
    parser = argparse.ArgumentParser(prog="python -m workers.seed", description="Load the sample leads.")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a line of text")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
        if file := sqlite_file(settings.database_url):
            check_room(file.parent, "set SIGNOFF_DATABASE_URL")
            check_database(file)
        count = seed(settings)
    except (SettingsError, StateError, BadInput, ValueError) as error:
        return _fail(error, 2)
    except ToolUnavailable as error:
        return _fail(error, 1)
    where = Database(settings.database_url).name
    print(json.dumps({"leads": count, "database": where}) if arguments.json else f"{count} leads in {where}")
    return 0


def _fail(error: Exception, code: int) -> int:
    words = error.message if isinstance(error, SignoffError) else error
    print(f"signoff: {words}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
