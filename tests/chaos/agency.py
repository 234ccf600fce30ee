"""A travel agency with an HTTP API, in the process that looks on. Its book is what it has really done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.activities.tools.web import Asked, Web, answer, web_server

BOOK = "agency-book"
"""File in a run's folder: a line for each thing that was done."""


@dataclass
class Agency(Web):
    """Does what it is asked, but for what it refuses."""

    book: Path = Path(BOOK)
    refuses: frozenset[str] = frozenset()
    keys: dict[str, bytes] | None = field(default_factory=dict)
    """What it answered under each Idempotency-Key; None: it does not look at them."""

    def _say(self, asked: Asked) -> bytes | None:
        what, key = asked.target.rpartition("/")[2], asked.headers["idempotency-key"]
        if what in self.refuses:
            return answer(422, b'{"detail": "not possible"}')
        if self.keys is not None and key in self.keys:
            return self.keys[key]
        with self.book.open("a") as book:
            book.write(f"{what}\n")
        done = answer(201, b'{"done": true}')
        if self.keys is not None:
            self.keys[key] = done
        return done


@asynccontextmanager
async def agency(
    folder: Path, *refuses: str, honours_keys: bool = True, thinks_s: float = 0
) -> AsyncIterator[dict[str, str]]:
    """One that is open; as a worker's settings."""
    keys: dict[str, bytes] | None = {} if honours_keys else None
    desk = Agency(book=folder / BOOK, refuses=frozenset(refuses), keys=keys, thinks_s=thinks_s)
    systems = folder / "systems.toml"
    async with web_server(desk) as web:
        systems.write_text(f'[agency]\nbase_url = "{web.url}"\nidempotency_keys = {str(honours_keys).lower()}\n')
        yield {"SIGNOFF_SYSTEMS": str(systems)}


def booked(folder: Path) -> list[str]:
    """What stands in its book."""
    book = folder / BOOK
    return book.read_text().splitlines() if book.exists() else []
