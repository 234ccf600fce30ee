"""`signoff batch` on real parts: a run a row, not too many at once, and never one twice."""

import asyncio
import json
from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from starters import waiting
from starters.batch.running import Runner
from starters.cli import batching
from starters.cli.parser import build_parser
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.session import Session
from tests.conftest import MakeWorld
from tests.support.waiting import eventually
from tests.support.world import DRAFT, World

SLOW = {"summarise-signals": [{"$delay_s": 0.5, "$reply": {"signals": []}}], "draft-email": [DRAFT]}


class Desk:
    """The command, in a folder of its own, beside a world."""

    def __init__(self, world: World, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.world, self.folder, self._capsys = world, folder, capsys
        self.occasion = f"on-{folder.name[-40:]}"

    async def batch(self, text: str, *flags: str, name: str = "leads.csv") -> tuple[int, Any, str]:
        """(exit code, its JSON, stderr)."""
        self.write(text, name)
        code = await batching.batch(self.args(*flags, name=name))
        said = self._capsys.readouterr()
        return code, json.loads(said.out), said.err

    def write(self, text: str, name: str = "leads.csv") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def args(self, *flags: str, name: str = "leads.csv") -> Namespace:
        argv = ("batch", "sales-follow-up", str(self.folder / name), "--json", *flags)
        return build_parser().parse_args(argv)

    async def run_ids(self) -> set[str]:
        """Of all that were started on this desk's occasion."""
        query = "WorkflowType='SalesFollowUp'"
        return {run.id async for run in self.world.client.list_workflows(query) if run.id.endswith(self.occasion)}


@pytest.fixture
async def desk(
    env: WorkflowEnvironment,
    make_world: MakeWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Desk]:
    monkeypatch.chdir(tmp_path)
    with env.with_time_skipping_disabled():
        async with make_world(SLOW) as world:

            async def connected(args: Namespace) -> Session:
                return Session(world.client, world.settings)

            monkeypatch.setattr(batching, "connected", connected)
            made = Desk(world, tmp_path, capsys)
            yield made
            for run_id in await made.run_ids():
                world.started.append(world.handle(run_id))


async def test_each_row_is_a_run_bad_rows_are_named_and_the_rest_is_run(desk: Desk) -> None:
    text = "lead_id;budget.usd\nlead-001;1\nlead-002;€ 1\nlead-003;1,5\n\nlead-001;1\nno-such-lead;\nlead-004;2.50\n"
    code, told, err = await desk.batch(text, "--occasion", desk.occasion, "--by", "bob")
    assert code == REFUSED
    assert [row["line"] for row in told["bad_rows"]] == [3, 4]
    assert [(row["line"], row["first"]) for row in told["duplicates"]] == [(6, 2)]
    ((failure,),) = [told["failures"]]
    assert failure["line"] == 7
    assert "no-such-lead" in failure["error"]
    counts = {name: told[name] for name in ("rows", "started", "attached", "waiting", "failed", "in_flight")}
    assert counts == {"rows": 3, "started": 3, "attached": 0, "waiting": 2, "failed": 1, "in_flight": 0}
    assert told["worst_case_usd"] == 8.5
    assert "line 3: budget.usd: € is a currency" in err
    assert "sales-follow-up: 3 runs, at most 8.50 USD" in err
    assert "bad rows: 2, failed runs: 1; mend the rows" in err
    again, told, _ = await desk.batch(text, "--occasion", desk.occasion, "--by", "bob")
    assert (again, told["started"], told["attached"]) == (REFUSED, 0, 3)


async def test_no_more_are_in_flight_than_was_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    start = Runner._start

    async def counted(self: Runner, job: Any) -> Any:
        started = await start(self, job)
        seen.append(self._tally.in_flight)
        return started

    monkeypatch.setattr(Runner, "_start", counted)
    rows = "".join(f'{{"lead_id": "lead-{n:03}"}}\n' for n in range(1, 9))
    code, told, _ = await desk.batch(rows, "--occasion", desk.occasion, "--max-in-flight", "3", name="leads.jsonl")
    assert (code, told["waiting"]) == (0, 8)
    assert max(seen) == 3


async def test_a_batch_that_is_broken_off_goes_on_with_its_occasion_also_on_another_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("lead_id\n" + "".join(f"lead-{n:03}\n" for n in range(1, 6)))
    args = desk.args("--max-in-flight", "1")
    monkeypatch.setattr("starters.batch.pinned.datetime", a_day(desk.occasion))
    first = asyncio.create_task(batching.batch(args))

    async def begun() -> bool:
        return len(await desk.run_ids()) >= 2

    await eventually(begun, "two runs")
    first.cancel()
    assert await first == 130
    monkeypatch.setattr("starters.batch.pinned.datetime", a_day("the-day-after"))
    desk._capsys.readouterr()
    code, told, err = await desk.batch((desk.folder / "leads.csv").read_text())
    assert (code, told["occasion"], told["waiting"]) == (0, desk.occasion, 5)
    assert told["attached"] >= 2
    assert told["attached"] + told["started"] == 5
    assert f"goes on with the batch of {desk.occasion}" in err
    assert not list((desk.folder / ".signoff" / "batches").iterdir())


def a_day(name: str) -> Any:
    """A clock on which it is always that day."""

    class Moment:
        def __format__(self, _: str) -> str:
            return name

    class Clock:
        @staticmethod
        def now(_: Any) -> Moment:
            return Moment()

    return Clock


async def test_without_a_worker_it_ends_and_without_a_good_row_nothing_begins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("lead_id\n", "lead_id\na b\n"):
        with pytest.raises(Failure, match="has no row that can start sales-follow-up") as raised:
            await desk.batch(text)
        assert raised.value.code == BAD_INPUT
    assert not (desk.folder / ".signoff" / "batches").exists()
    for where in ("start", "waiting"):
        monkeypatch.setattr(f"starters.{where}.WORK", "nobody")
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.2)
    with pytest.raises(Failure, match="no worker answered"):
        await desk.batch("lead_id\nlead-001\nlead-002\n", "--occasion", desk.occasion)


async def test_a_flag_that_cannot_be_right_is_told_once(desk: Desk) -> None:
    with pytest.raises(Failure, match=r"--occasion: letters"):
        await desk.batch("lead_id\nlead-001\n", "--occasion", "a b")
