"""`python -m bench.effects`: what the ledger costs an effect, written to `bench/effects.md`.

The effect itself does nothing, so all the time that passes is the ledger's: claim, the note before the act, receipt.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel
from sqlalchemy import Connection, text

from activities.effects import Deed, once
from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from contracts.gates import digest_of
from contracts.tools import Act, Effect
from tests.activities.servers import find_program, postgres

TABLE = Path(__file__).parent / "effects.md"
WARM_UP, EFFECTS, AT_ONCE = 20, 500, 20
MOST_MS = 5.0
"""What an effect's ledger may cost on SQLite, in the median."""


class Nothing(BaseModel):
    """What is asked for, and what comes of it."""

    number: int


class Row(NamedTuple):
    """Times of single effects, in milliseconds, and effects a second when many are under way."""

    database: str
    first: float
    slow: float
    again: float
    rate: float


async def carry_out(ledger: Ledger, number: int) -> float:
    """One effect that does nothing; how long that took, in milliseconds."""
    argument = Nothing(number=number)
    act = Act(key=f"bench/{number}", digest=digest_of(argument), argument=argument)

    async def perform(hold: Hold) -> Nothing:
        await hold.act()
        return argument

    deed = Deed("bench.nothing", Effect.WRITE, argument, timedelta(), perform, None, repeatable=False)
    begin = time.perf_counter()
    await once(ledger, act, deed)
    return (time.perf_counter() - begin) * 1000


async def measure(url: str) -> Row:
    """All figures of one database."""
    database = Database(url)
    ledger = Ledger(database)
    first = [await carry_out(ledger, number) for number in range(EFFECTS + WARM_UP)][WARM_UP:]
    again = [await carry_out(ledger, number) for number in range(EFFECTS)]
    free = asyncio.Semaphore(AT_ONCE)

    async def one_of_many(number: int) -> None:
        async with free:
            await carry_out(ledger, number)

    begin = time.perf_counter()
    await asyncio.gather(*(one_of_many(10_000 + number) for number in range(EFFECTS)))
    rate = EFFECTS / (time.perf_counter() - begin)
    name = database.transact(_name)
    database.close()
    return Row(name, statistics.median(first), statistics.quantiles(first, n=20)[-1], statistics.median(again), rate)


def _name(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    return f"PostgreSQL {connection.scalar(text('SHOW server_version'))}".partition(" (")[0]


@contextmanager
def databases() -> Iterator[list[str]]:
    """An SQLite file and, where it is installed, a PostgreSQL server that syncs to disk as it does in production."""
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{folder}/signoff.db"]
        if not find_program("initdb"):
            yield urls
            return
        with postgres(durable=True) as server:
            yield [*urls, f"{server}/postgres"]


def main() -> None:
    """Measure, print, and write the table."""
    argparse.ArgumentParser(prog="python -m bench.effects", description=__doc__).parse_args()
    with databases() as urls:
        rows = [asyncio.run(measure(url)) for url in urls]
    lines = [
        "# What the effect ledger costs",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `python -m bench.effects`, {EFFECTS} effects that do nothing, one by one; "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLAlchemy {version('sqlalchemy')}. "
        "The note before the act and the receipt are on disk when they are answered.",
        "",
        "| Database | One effect, median | 95 of 100 within | One that has its receipt "
        f"| {AT_ONCE} at once | At most (median) |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row.database} | {row.first:.2f} ms | {row.slow:.2f} ms | {row.again:.2f} ms | {row.rate:.0f} a second "
            f"| {f'{MOST_MS:g} ms' if row.database.startswith('SQLite') else ''} |"
            for row in rows
        ),
    ]
    table = "\n".join(lines) + "\n"
    TABLE.write_text(table)
    print(table)


if __name__ == "__main__":
    main()
