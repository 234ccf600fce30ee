"""A sample of `make chaos`: one point of each kind, each outage once; and that chaos finds what it looks for."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.catalogue import PROCESSES
from tests.chaos.campaign import Campaign, Outcome, hold_all
from tests.chaos.far_ends import paid_twice
from tests.chaos.judge import judge
from tests.chaos.played import Played
from tests.chaos.processes import PLAYED
from tests.chaos.record import Seen
from tests.chaos.report import last_line
from tests.chaos.server import Server, running_server
from tests.workers.processes import ROOT

LANES = [f"lane-{number}" for number in range(8)]

Sample = dict[str, list[str]]
"""Points by row; a row that cannot be held on this machine is left out."""

FOLLOW_UP: Sample = {
    "": [
        "activity read-notes: before its body",
        "activity draft-email, model's reply: a piece came",
        "activity draft-email: before its completion is reported",
        "workflow task (activity choose-models came): before its completion is reported",
        "model call 1: asked",
        "gate review-email: nobody works when word comes",
        "workflow task (signal approve): taken",
        "activity send-email, transaction Ledger.claim: after",
        "activity send-email, SMTP message: half of it written",
        "activity send-email, SMTP end of message: written",
        "activity send-email, transaction Ledger.finish: before its commit",
        "activity log-follow-up, transaction CrmActivities.log_follow_up: after",
    ],
    ": Temporal server killed": ["activity send-email: reported"],
    ": PostgreSQL killed": ["activity send-email, transaction Ledger.finish: before"],
    ": one of two workers killed, two runs of the action": ["activity send-email, SMTP end of message: written"],
    ": worker frozen until another takes over": ["activity send-email, SMTP: answered 354"],
    ": worker frozen until another is done": ["activity send-email, SMTP message: half of it written"],
    ": disk of the ledger full": ["activity send-email, transaction Ledger.finish: before"],
    ": clock 3 h back, worker killed": ["activity send-email, transaction Ledger.claim: after"],
}
JOURNEY: Sample = {"": ["activity call-off-hotel, HTTP: written", "workflow task (signal stop): reported"]}
NOTICE: Sample = {
    "": ["workflow task (activity review-notice-in-advance came): taken"],
    ": one of two workers killed, two runs of the action": ["activity review-notice-in-advance: after its body"],
}


def played(name: str, *variants: int) -> Played:
    """A process with some of its variants."""
    whole = PLAYED[name]
    return replace(whole, variants=tuple(whole.variants[number] for number in variants))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A Temporal server that may be killed."""
    async with running_server(tmp_path / "server", LANES) as started:
        yield started


async def sampled(process: Played, sample: Sample, server: Server, lanes: list[str], folder: Path) -> list[Outcome]:
    """What comes of a sample, all of which must be there."""
    campaign, name = Campaign(process, server, folder), process.process.name
    planned = await campaign.plan(lanes[0])
    rows = {trial.row.removeprefix(name) for trial in planned}
    wanted = {(f"{name}{row}", at) for row, points in sample.items() if row in rows for at in points}
    trials = [trial for trial in planned if (trial.row, trial.at) in wanted]
    assert {(trial.row, trial.at) for trial in trials} == wanted
    outcomes: list[Outcome] = []
    await hold_all(campaign, trials, lanes, outcomes.append)
    return outcomes


async def test_a_crash_at_any_sampled_point_loses_nothing_and_doubles_nothing(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp
    outcomes = await asyncio.gather(
        sampled(played("sales-follow-up", 0), FOLLOW_UP, server, LANES[:6], folder("follow-up")),
        sampled(played("journey", 0, -1), JOURNEY, server, LANES[6:7], folder("saga")),
        sampled(played("notice", 0), NOTICE, server, LANES[7:], folder("standing")),
    )
    held = [one for process in outcomes for one in process]
    assert {f"{one.row}, at {one.at}": one.lines for one in held if one.lines} == {}
    assert last_line(held) == f"points {len(held)} lost 0 duplicated 0 wrong 0"


async def test_a_mail_that_a_probe_cannot_find_is_found_to_be_doubled(server: Server, tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "another" / part).mkdir(parents=True)
    blind = {"SIGNOFF_MAIL_PROBE": f"maildir:{tmp_path}/another"}
    follow_up = played("sales-follow-up", 0)
    follow_up = replace(follow_up, variants=(replace(follow_up.variants[0], settings=blind),))
    campaign = Campaign(follow_up, server, tmp_path)
    at = "activity send-email, SMTP end of message: written"
    trial = next(one for one in await campaign.plan(LANES[0]) if one.at == at)
    outcome = await campaign.hold(trial, 0, LANES[0])
    assert not outcome.lost
    assert not outcome.wrong
    assert [line.split(":")[-1] for line in outcome.duplicated] == [" Your plans, 1 too many"]


USUAL = Seen(
    results=[{"outcome": "sent", "message_id": "<1>"}],
    effects=Counter(["mail <1>", "row 1"]),
    questions=["a", "b"],
    replies={1, 2},
    fault_done=True,
)


def verdict(**otherwise: object) -> tuple[int, int, int]:
    """How many things are lost, duplicated, wrong in a run that went otherwise than the usual one."""
    follow_up = played("sales-follow-up", 0)
    found = judge(follow_up, follow_up.variants[0], USUAL, replace(USUAL, **otherwise))  # type: ignore[arg-type]
    return len(found.lost), len(found.duplicated), len(found.wrong)


def test_a_run_like_the_undisturbed_one_is_blameless() -> None:
    assert verdict() == (0, 0, 0)
    assert verdict(questions=["a", "a", "b"], replies={2, 3}) == (0, 0, 0)


def test_what_is_missing_doubled_or_different_is_told_apart() -> None:
    assert verdict(effects=Counter(["mail <1>"])) == (1, 0, 0)
    assert verdict(effects=Counter(["mail <1>", "mail <1>", "row 1"])) == (0, 1, 0)
    assert verdict(effects=Counter(["mail <1>", "mail <2>", "row 1"])) == (0, 0, 1)
    assert verdict(results=[{"outcome": "stopped", "message_id": "<1>"}]) == (0, 0, 1)
    assert verdict(problems=["the run is not over"]) == (0, 0, 1)
    assert verdict(fault_done=False) == (0, 0, 1)


def test_a_recorded_reply_that_is_asked_for_again_is_paid_twice() -> None:
    usual = Counter(["a", "b"])
    assert paid_twice(["a", "a", "b"], {2, 3}, usual) == []
    assert paid_twice(["a", "a", "b"], {1, 3}, usual) == ["model call 2 asked again what had a recorded reply"]
    assert len(paid_twice(["a", "a", "b"], {1, 2, 3}, usual)) == 1


def test_every_process_is_played() -> None:
    assert PLAYED.keys() >= PROCESSES.keys()


def test_an_unknown_process_is_refused_in_one_line() -> None:
    command = (sys.executable, "-m", "tests.chaos", "nonsense")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"chaos: there is no process 'nonsense': name {' or '.join(PLAYED)}\n"
