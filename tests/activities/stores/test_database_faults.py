"""Everything that goes wrong with a database, on real ones: what each fault means for an effect."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from activities import effects as effects_module
from activities.effects import Unseen
from activities.stores import database as database_module
from activities.stores.crm import put_follow_up, put_leads
from activities.stores.database import Database
from activities.stores.entries import State
from activities.stores.ledger import LEASE
from activities.stores.tables import FOLLOW_UPS
from activities.tools.crm import CrmActivities
from contracts.errors import ToolFailed, ToolUnavailable
from contracts.tools import Outcome
from tests.activities.servers import postgres
from tests.activities.stage import DELAY, Said, Stage, act
from tests.activities.stores.proxy import Proxy, lossy
from tests.activities.tools.test_crm import LEAD, log


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncIterator[Proxy]:
    """A way to PostgreSQL on which answers get lost."""
    async with lossy(postgres_url) as made:
        yield made


def follow_ups(database: Database) -> int:
    """How many the CRM has noted."""
    return database.transact(lambda connection: connection.scalar(select(func.count()).select_from(FOLLOW_UPS)) or 0)


def backend(connection: Connection) -> int:
    """The server's process behind a connection."""
    return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def seen_when_done(stage: Stage, then: Callable[[], object] = lambda: None) -> None:
    """The tool does what it is asked, and its probe sees that. `then`: what goes wrong right after it."""
    stage.seen = Unseen.NOT_FOUND

    async def perform() -> Said:
        stage.seen = Said(how="seen")
        then()
        return Said(how="done")

    stage.perform = perform


async def comes_to_an_end(stage: Stage) -> int:
    """Try as Temporal does, with the waits that it is told; how often it was unavailable."""
    for failed in range(5):
        try:
            assert (await stage.play(act())).outcome is Outcome.DONE
        except ToolUnavailable as error:
            stage.now += error.next_retry_delay or LEASE
        else:
            return failed
    raise AssertionError("it came to no end")


@pytest.mark.parametrize("which", [1, 2, 3], ids=["claim", "act", "receipt"])
async def test_a_commit_whose_answer_was_lost_is_no_second_effect(proxy: Proxy, which: int) -> None:
    database = Database(proxy.url)
    stage = Stage(database)
    await database.run(lambda connection: None)
    seen_when_done(stage)
    proxy.lose_commit(which)
    assert await comes_to_an_end(stage) == (0 if which == 3 else 1)
    assert stage.done == ["hello"]
    database.close()


async def test_a_row_whose_commit_was_not_answered_is_written_once(proxy: Proxy) -> None:
    database = Database(proxy.url)
    await database.run(lambda connection: put_leads(connection, [LEAD]))
    crm = CrmActivities(database)
    proxy.lose_commit(1)
    with pytest.raises(ToolUnavailable, match="see SIGNOFF_DATABASE_URL"):
        await crm.log_follow_up(log())
    assert (await crm.log_follow_up(log())).outcome is Outcome.DONE
    assert await asyncio.to_thread(follow_ups, database) == 1
    database.close()


def test_a_server_that_is_killed_in_the_middle_of_a_transaction_has_done_nothing() -> None:
    """It starts itself again, which would be in the way of other tests: here it is this test's own."""
    with postgres() as server:
        database = Database(f"{server}/postgres")
        database.transact(lambda connection: put_leads(connection, [LEAD]))

        def work(connection: Connection) -> None:
            put_follow_up(connection, "key", log().argument)
            os.kill(backend(connection), signal.SIGKILL)
            put_follow_up(connection, "another", log().argument)

        with pytest.raises(ToolUnavailable) as caught:
            database.transact(work)
        assert "\n" not in caught.value.message
        assert follow_ups_once_it_is_back(database) == 0
        database.close()


def follow_ups_once_it_is_back(database: Database) -> int:
    """As `follow_ups`, as soon as the server can be reached."""
    while True:
        with suppress(ToolUnavailable):
            return follow_ups(database)


async def test_a_server_that_falls_silent_is_unavailable(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(postgres_url)
    process = database.transact(backend)
    monkeypatch.setattr(database_module, "ANSWER_S", 0.3)
    os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(ToolUnavailable, match=r"no answer within 0\.3 s"):
            await database.run(lambda connection: None)
    finally:
        os.kill(process, signal.SIGCONT)
    database._threads.shutdown()  # what was left hanging comes to its end
    database.close()


def test_a_worker_that_is_frozen_within_a_transaction_keeps_its_locks_for_a_while_only(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = database_module._BEGIN["postgresql"].replace(str(database_module.BUSY_MS), "300")
    monkeypatch.setitem(database_module._BEGIN, "postgresql", begin)
    frozen, other = Database(postgres_url), Database(postgres_url)
    frozen.transact(lambda connection: put_leads(connection, [LEAD]))

    def work(connection: Connection) -> None:
        put_follow_up(connection, "key", log().argument)
        while True:
            with suppress(ToolUnavailable):
                other.transact(lambda theirs: put_follow_up(theirs, "key", log().argument))
                break
        put_follow_up(connection, "another", log().argument)

    with pytest.raises(ToolUnavailable, match="idle-in-transaction timeout"):
        frozen.transact(work)
    assert follow_ups(other) == 1
    frozen.close()
    other.close()


async def test_a_constraint_that_is_violated_is_refused_for_good(database: Database) -> None:
    """The ledger was lost, and the row is there."""
    database.transact(lambda connection: put_leads(connection, [LEAD]))
    database.transact(lambda connection: put_follow_up(connection, log().key, log().argument))
    with pytest.raises(ToolFailed, match="refused it: ") as caught:
        await CrmActivities(database).log_follow_up(log())
    assert "\n" not in caught.value.message
    assert follow_ups(database) == 1


async def test_what_no_column_can_hold_is_refused_for_good(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(ToolFailed, match="refused it: "):
        database.transact(lambda connection: put_leads(connection, [LEAD.model_copy(update={"notes": "\0"})]))
    database.close()


async def test_a_read_only_server_is_unavailable_until_it_can_be_written_again(postgres_url: str) -> None:
    """A standby, or a server that an operator has locked."""
    database = Database(postgres_url)
    stage = Stage(database)
    name = postgres_url.rpartition("/")[2]

    def read_only(yes: bool) -> None:
        def work(connection: Connection) -> None:
            connection.exec_driver_sql("SET TRANSACTION READ WRITE")
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = {yes}")

        database.transact(work)
        database._engine.dispose()  # it counts for new connections

    read_only(True)
    with pytest.raises(ToolUnavailable, match="read-only transaction"):
        await stage.play(act())
    read_only(False)
    assert (await stage.play(act())).outcome is Outcome.DONE
    database.close()


async def test_a_database_that_is_locked_when_the_receipt_is_due_does_not_repeat_the_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_MS", 50)
    monkeypatch.setattr(effects_module, "FINISH_AGAIN_S", ())
    database = Database(f"sqlite:///{tmp_path}/signoff.db")
    stage = Stage(database)
    other = sqlite3.connect(tmp_path / "signoff.db", isolation_level=None)
    seen_when_done(stage, then=lambda: bool(other.execute("BEGIN IMMEDIATE")))
    with pytest.raises(ToolUnavailable, match="database is locked"):
        await stage.play(act())
    other.close()
    assert (await stage.play(act())).result.how == "seen"
    assert stage.done == ["hello"]
    database.close()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 300 kB. Skips where none can be made."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk, and not everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_disk_that_is_full_when_the_receipt_is_due_does_not_repeat_the_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "FINISH_AGAIN_S", ())
    with small_disk(tmp_path / "disk") as disk:
        database = Database(f"sqlite:///{disk}/signoff.db")
        stage = Stage(database)
        filler = disk / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass

        seen_when_done(stage, then=fill)
        with pytest.raises(ToolUnavailable, match="database or disk is full"):
            await stage.play(act())
        assert stage.done == ["hello"]
        with pytest.raises(ToolUnavailable):
            await stage.play(act())
        filler.unlink()
        stage.now += LEASE + DELAY
        assert (await stage.play(act())).result.how == "seen"
        assert (stage.done, stage.entry().state) == (["hello"], State.DONE)
        database.close()


async def test_who_waits_for_its_turn_is_not_taken_for_one_without_an_answer(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    await database.run(lambda connection: None)
    monkeypatch.setattr(database_module, "ANSWER_S", 1.0)
    told = threading.Event()

    def slow(_: Connection) -> None:
        told.wait(0.05)

    await asyncio.gather(*(database.run(slow) for _ in range(200)))
    database.close()


async def test_many_at_once_wait_for_one_another(database: Database) -> None:
    stages = [Stage(database) for _ in range(20)]
    keys = [act(f"words {number}").model_copy(update={"key": str(number)}) for number in range(20)]
    receipts = await asyncio.gather(*(stage.play(key) for stage, key in zip(stages, keys, strict=True)))
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
