"""What is wrong in the store of conversations, for those who only look: the table `transcripts` of the database."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from runtime.blobs.dialects import dialect_of

_ROWS = "SELECT hash, parent, opening, owner, opened_at, body FROM transcripts"
_NO_TABLE = ("no such table", "does not exist")


class StoreAway(Exception):
    """The database cannot be read; the message is one line."""


class Kept(NamedTuple):
    """What is there. `whole`: there was time to look at all of it; what is missing is known only then."""

    conversations: dict[str, tuple[str, datetime]]
    """By the address of the opening: its run, and when it began."""
    messages: int
    missing: tuple[str, ...]
    """Addresses that rows name, and that are not there."""
    whole: bool


def look(database_url: str, seconds: float) -> Kept | None:
    """Look through the store for at most so long; None: no conversation was ever kept. Raises StoreAway."""
    kind, _, path = database_url.partition(":///")
    if kind == "sqlite" and not Path(path).exists():
        return None
    dialect = dialect_of(database_url)
    try:
        with closing(dialect.connect()) as connection:
            return _read(connection, time.monotonic() + seconds)
    except Exception as error:  # a driver's own, told apart by the dialect
        reason = dialect.reason(error)
        if reason is None:
            raise
        if any(words in reason for words in _NO_TABLE):
            return None
        raise StoreAway(f"{dialect.name} cannot be read ({reason}): see SIGNOFF_DATABASE_URL") from None


def _read(connection: Any, until: float) -> Kept:
    there: set[str] = set()
    named: set[str] = set()
    conversations: dict[str, tuple[str, datetime]] = {}
    whole = True
    for address, parent, opening, owner, opened_at, body in connection.execute(_ROWS):
        there.add(address)
        named.update(one for one in (parent, opening, *_refs(body)) if one)
        if owner:
            conversations[address] = (owner, _utc(opened_at))
        if time.monotonic() > until:
            whole = False
            break
    missing = tuple(sorted(named - there)) if whole else ()
    return Kept(conversations, len(there), missing, whole)


def _refs(body: str) -> Iterator[str]:
    """The messages that a row names."""
    try:
        words = json.loads(body).get("words", ())
        yield from (one[2] for one in words if one[2])
    except (ValueError, TypeError, IndexError, AttributeError):
        return  # damaged: its reader finds out by its address


def _utc(moment: Any) -> datetime:
    """As either database has it."""
    found = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
