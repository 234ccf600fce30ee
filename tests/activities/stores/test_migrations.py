"""Tables of every version become those of this one: once, whole or not at all, with their rows."""

import hashlib
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from activities.effects import Unseen
from activities.stores.database import Database
from activities.stores.migrations import STEPS, VERSIONS
from activities.stores.tables import METADATA
from contracts.errors import OutcomeUnknown, ToolUnavailable
from tests.activities.stage import KEY, Stage, act

FIRST = Path(__file__).with_name("first_tables.sql").read_text()
CLAIM = f"""INSERT INTO effects (key, tool, digest, state, fence, claimed_by, claimed_at, over_at, presumed) VALUES
    ('{KEY}', 'mail.send', '{act().digest}', 'claimed', 3, 'old', '2026-11-20 12:00:00', '2026-11-20 12:01:00',
    '{{"how": "presumed"}}')"""
"""As the first version writes it."""
SPENT = "INSERT INTO spending VALUES ('k', 'p', NULL, 7, '2026-11-20 12:00:00', '2026-11-20 12:00:00', TRUE)"


def raw(url: str, *statements: str) -> None:
    """Run statements past the program."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def first(database_url: str) -> str:
    """A database that the first version made and used: no version stands in it."""
    sqlite = database_url.startswith("sqlite")
    if sqlite:
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    tables = (
        FIRST if sqlite else FIRST.replace("DATETIME", "TIMESTAMP WITH TIME ZONE").replace("settled = 0", "NOT settled")
    )
    statements = [part for part in tables.partition("\n")[2].split(";") if part.strip()]
    raw(database_url, *statements, CLAIM, SPENT)
    return database_url


def opened(url: str) -> Database:
    """The database, brought up to date."""
    database = Database(url)
    database.transact(lambda connection: None)
    return database


def versions(connection: Connection) -> list[int]:
    """The steps that were taken."""
    return list(connection.scalars(text(f"SELECT version FROM {VERSIONS} ORDER BY version")))


def shape(connection: Connection) -> dict[str, Any]:
    """What a database holds, as far as it matters: columns, keys and indexes of every table."""
    found = inspect(connection)
    return {
        name: (
            {one["name"]: (str(one["type"]), one["nullable"]) for one in found.get_columns(name)},
            found.get_pk_constraint(name)["constrained_columns"],
            {one["name"]: (one["column_names"], bool(one.get("dialect_options"))) for one in found.get_indexes(name)},
            [(one["constrained_columns"], one["referred_table"]) for one in found.get_foreign_keys(name)],
        )
        for name in sorted(found.get_table_names())
        if name != VERSIONS
    }


def test_the_steps_make_the_tables_that_the_program_uses(database: Database) -> None:
    made = database.transact(shape)
    database.transact(lambda connection: METADATA.drop_all(connection))
    database.transact(lambda connection: METADATA.create_all(connection))
    assert database.transact(shape) == made


def test_the_first_versions_tables_are_adopted_with_their_rows(first: str) -> None:
    database = opened(first)
    assert database.transact(versions) == list(range(1, len(STEPS) + 1))
    fence = database.transact(lambda connection: connection.scalar(text("SELECT fence FROM effects")))
    spent = database.transact(lambda connection: connection.scalar(text("SELECT nano_usd FROM spending")))
    assert (fence, spent) == (3, 7)
    adopted = database.transact(shape)
    database.transact(lambda connection: METADATA.drop_all(connection))
    database.transact(lambda connection: METADATA.create_all(connection))
    assert database.transact(shape) == adopted
    database.close()


async def test_an_adopted_claim_is_still_one_whose_outcome_nobody_knows(first: str) -> None:
    database = opened(first)
    stage = Stage(database, seen=Unseen.UNKNOWN)
    with pytest.raises(OutcomeUnknown, match="by old"):
        await stage.play(act())
    assert stage.done == []
    database.close()


def test_some_of_the_first_versions_tables_are_enough(first: str) -> None:
    """Those of spending came later than the others."""
    raw(first, "DROP TABLE spending")
    opened(first).close()


def test_what_the_first_version_writes_still_fits(database: Database) -> None:
    """Its workers go on for a while beside those of this one."""
    database.transact(lambda connection: connection.exec_driver_sql(CLAIM))


def test_workers_that_start_at_once_take_each_step_once(first: str) -> None:
    workers = [Database(first) for _ in range(6)]
    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(lambda worker: worker.transact(lambda connection: None), workers))
    assert workers[0].transact(versions) == list(range(1, len(STEPS) + 1))
    for worker in workers:
        worker.close()


_DIES = """
import os, signal, sys
from activities.stores import database, migrations

def dies(connection):
    migrations.migrate(connection)
    os.kill(os.getpid(), signal.SIGKILL)

database.migrate = dies
database.Database(sys.argv[1]).transact(lambda connection: None)
"""


def test_a_worker_that_is_killed_in_the_middle_leaves_the_tables_as_they_were(first: str) -> None:
    ended = subprocess.run([sys.executable, "-c", _DIES, first], check=False)
    assert ended.returncode == -signal.SIGKILL
    engine = create_engine(first.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        assert not inspect(connection).has_table(VERSIONS)
        assert "held_until" not in {one["name"] for one in inspect(connection).get_columns("effects")}
    engine.dispose()
    database = opened(first)
    assert database.transact(versions) == list(range(1, len(STEPS) + 1))
    database.close()


def test_a_newer_programs_tables_are_left_alone_and_named(database_url: str) -> None:
    opened(database_url).close()
    raw(database_url, f"INSERT INTO {VERSIONS} VALUES (99, '2027-01-01 00:00:00')")
    older = Database(database_url)
    with pytest.raises(ToolUnavailable) as caught:
        older.transact(lambda connection: None)
    older.close()
    assert f"its tables are of version 99, this program knows {len(STEPS)}: update the program" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("number", "digest"), list(enumerate(("900338a7bd654b2e", "1a3fd5dbfbcbd2d1", "22157a24b4093f51")))
)
def test_a_step_that_has_shipped_is_not_changed(number: int, digest: str) -> None:
    """A database that has taken it would never see the change: write one more step."""
    assert hashlib.sha256("".join(STEPS[number]).encode()).hexdigest()[:16] == digest
