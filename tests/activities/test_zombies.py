"""Real processes that are frozen for longer than their claim lasts, and come back when another has done the work."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from activities import hold as hold_module
from activities.effects import Unseen
from activities.stores.database import Database
from activities.stores.entries import State
from contracts.errors import ToolUnavailable
from contracts.tools import Receipt
from tests.activities import stage as stage_module
from tests.activities import zombie
from tests.activities.stage import Said, Stage, act


def start(*arguments: str) -> subprocess.Popen[str]:
    """A worker that freezes."""
    command = [sys.executable, "-m", "tests.activities.zombie", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def played(stage: Stage) -> Receipt[Said]:
    """As Temporal does: after the wait that it was told."""
    while True:
        try:
            return await stage.play(act())
        except ToolUnavailable as error:
            # Temporal's own wait between attempts, which no server makes here.
            await asyncio.sleep((error.next_retry_delay or zombie.LEASE).total_seconds())


@pytest.mark.parametrize("point", zombie.POINTS)
async def test_a_worker_that_was_taken_for_dead_does_nothing_when_it_comes_back(
    tmp_path: Path, database_url: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold_module, "RENEW_S", 0.1)
    monkeypatch.setattr(hold_module, "SPARE_S", 0.1)
    monkeypatch.setattr(stage_module, "DELAY", zombie.LEASE)
    world = tmp_path / "world"
    with start(database_url, str(world), point) as frozen:
        _, status = await asyncio.to_thread(os.waitpid, frozen.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        database = Database(database_url)
        other = zombie.worker(database, world)
        other.seen = Said(how="seen") if world.exists() else Unseen.NOT_FOUND
        receipt = await played(other)
        os.kill(frozen.pid, signal.SIGCONT)
        said, _ = await asyncio.to_thread(frozen.communicate)
    acted = point == "after it acted"
    assert len(world.read_text().splitlines()) == 1
    assert (said.strip(), receipt.result.how) == (("seen", "seen") if acted else ("ToolUnavailable", "done"))
    assert (other.entry().state, other.entry().receipt) == (State.DONE, receipt.result.model_dump())
    database.close()
