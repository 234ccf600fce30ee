"""A lost answer, a killed worker, one that cannot be asked: a use counts once, and a person is asked in the end."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from activities import standing as activities_standing
from tests.support.runs import gate_of
from tests.support.server import address
from tests.workflows.standing_counter import APPROVE, Counter, decisions

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("at_most", [1, 2], ids=["used up", "still open"])
async def test_a_worker_that_loses_the_answer_is_given_it_again(till: Counter, at_most: int) -> None:
    till.standing.loses = 1
    standing = await till.grant("lost", at_most=at_most)
    assert (await (await till.start("one")).result()).standing == standing.id
    record = await (standing.result() if at_most == 1 else till.state(standing))
    assert len(record.uses) == 1


async def test_a_worker_killed_between_the_use_and_the_effect_uses_it_once(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    here = Counter(env, tmp_path.name)
    dies = await worker_process(here, tmp_path, "--dies")
    try:
        standing = await here.grant("killed", at_most=2)
        handle = await here.start("one")
        assert await dies.wait() == -signal.SIGKILL
    finally:
        if dies.returncode is None:
            dies.kill()
    lives = await worker_process(here, tmp_path)
    try:
        assert (await handle.result()).standing == standing.id
        (record,) = (await here.state(standing)).uses
        assert record.run == handle.id
    finally:
        lives.kill()
        await lives.wait()
    await here.take_back()
    assert len((tmp_path / "paid").read_text().splitlines()) == 1


async def worker_process(here: Counter, folder: Path, *flags: str) -> asyncio.subprocess.Process:
    """A worker that can be killed."""
    command = (
        sys.executable,
        "-m",
        "tests.workflows.standing_worker",
        address(here.env),
        here.queue,
        str(folder),
        *flags,
    )
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT)


async def test_when_they_cannot_be_asked_a_person_is(till: Counter) -> None:
    till.standing.loses = 99
    await till.grant("deaf")
    handle = await till.start("one")
    await gate_of(handle)
    assert (await decisions(handle))[-1].note == "the answer was lost"
    await handle.signal("approve", APPROVE)
    assert (await handle.result()).by == "bob"


async def test_one_that_does_not_answer_keeps_no_run_waiting(till: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities_standing, "PATIENCE_S", 0.3)
    await till.grant("deaf", queue="nobody-works-here")
    handle = await till.start("one")
    await gate_of(handle)
    assert str((await decisions(handle))[-1].note).startswith("the standing approvals did not answer within")
