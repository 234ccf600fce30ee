"""`signoff standing`: granting, listing, showing and revoking, in process and against a real server."""

import asyncio
import importlib
import json
import re
import shlex
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from contracts.bounds import misfit
from contracts.catalogue import PROCESSES
from contracts.notes import Note
from contracts.standing import StandingEnd
from runtime.codec import data_converter
from runtime.settings import load_settings
from starters.cli import standing, standing_grant
from starters.cli.parser import build_parser
from starters.cli.run import run
from starters.commentary import comment
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.happenings import Noted
from starters.session import Session
from starters.standing import read_standing
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.workflows.standing_counter import BOUNDS, HOME, Counter, counter
from tests.workflows.standing_workflows import REFUNDS, REFUNDS_BY_HAND

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HISTORIES = Path(__file__).resolve().parents[1] / "workflows" / "standing_histories"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes whose tool may be approved in advance, and may not."""
    for process in (REFUNDS, REFUNDS_BY_HAND):
        monkeypatch.setitem(PROCESSES, process.name, process)


@pytest.fixture
async def office(
    env: WorkflowEnvironment, tmp_path: Path, known: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    """A worker, and commands that find it."""
    session = Session(env.client, load_settings({}, tmp_path))

    async def connected(_: Any) -> Session:
        return session

    for module in (standing, standing_grant):
        monkeypatch.setattr(module, "connected", connected)
    monkeypatch.setattr("starters.standing.WORK", tmp_path.name)
    async with counter(env, tmp_path) as made:
        with env.with_time_skipping_disabled():
            yield made
        for one in await session_ids(env):
            made.granted.append(env.client.get_workflow_handle(one))


async def session_ids(env: WorkflowEnvironment) -> list[str]:
    """What is left to take back."""
    query = "WorkflowType='StandingApproval' AND ExecutionStatus='Running'"
    return [one.id async for one in env.client.list_workflows(query)]


class Teller:
    """Gives commands, and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    async def __call__(self, *argv: str) -> Any:
        """JSON where it was asked for, else the text."""
        args = build_parser().parse_args(["standing", *argv])
        module, _, name = args.handler.partition(":")
        handler = getattr(importlib.import_module(module), name)
        assert await handler(args) == 0
        out = self._capsys.readouterr().out
        return json.loads(out) if "--json" in argv else out

    async def refused(self, *argv: str) -> Failure:
        """How it failed; stdout stays empty."""
        with pytest.raises(Failure) as raised:
            await self(*argv)
        assert self._capsys.readouterr().out == ""
        assert "\n" not in raised.value.line
        return raised.value


@pytest.fixture
def signoff(capsys: pytest.CaptureFixture[str]) -> Teller:
    """`signoff standing`."""
    return Teller(capsys)


def granting(name: str, *more: str, bounds: dict[str, Any] | None = None) -> tuple[str, ...]:
    """A grant that is right."""
    given = json.dumps(BOUNDS if bounds is None else bounds)
    flags = ("--bounds", given, "--at-most", "2", "--until", "7d", "--by", "ann", "--name", name)
    return ("grant", "refunds", "test.refund", *flags, *more)


async def test_one_is_granted_used_shown_and_revoked(office: Counter, signoff: Teller) -> None:
    name = office.queue
    granted = await signoff(*granting(name, "--note", "small ones"), "--json")
    assert granted.keys() == {"workflow_id", "run_id", "attached", "until", "ui"}
    assert (granted["workflow_id"], granted["attached"]) == (f"{HOME}{name}", False)
    one = granted["workflow_id"]

    async def listed() -> bool:
        found = (await signoff("list", "--process", "refunds", "--json"))["standing"]
        return one in [it["workflow_id"] for it in found]

    await eventually(listed, "it is listed")
    run = await office.start("one")
    await run.result()
    await gate_of(await office.start("two", amount="51"))

    async def told() -> Any:
        found = {it["workflow_id"]: it for it in (await signoff("list", "--json"))["standing"]}[one]
        return found if found["refused"] else None

    found = await eventually(told, "the list tells of the refusal")
    assert (found["status"], found["process"], found["tool"]) == ("standing", "refunds", "test.refund")
    assert (found["used"], found["at_most"], found["refused"], found["by"]) == (1, 2, 1, "ann")
    shown = await signoff("show", one, "--json")
    assert (shown["status"], shown["grant"]["note"]) == ("standing", "small ones")
    assert [use["run"] for use in shown["uses"]] == [run.id]
    assert "amount is more than 50" in shown["refusals"][0]["reason"]
    text = await signoff("show", one)
    assert "1 of 2 used" in text
    assert run.id in text
    revoked = await signoff("revoke", one, "--by", "eve", "--reason", "wrong limit", "--json")
    assert revoked == {"workflow_id": one, "status": "revoked"}
    assert "revoked by eve: wrong limit" in await signoff("show", one)
    assert len((await signoff("show", one, "--json"))["uses"]) == 1
    again = await signoff.refused("revoke", one, "--reason", "again")
    assert (again.code, again.line) == (REFUSED, f"{one} is over (revoked): there is nothing to revoke")

    async def listed_as_over() -> bool:
        ended = (await signoff("list", "--all", "--json"))["standing"]
        open_ones = (await signoff("list", "--json"))["standing"]
        is_over = (one, "revoked") in [(it["workflow_id"], it["status"]) for it in ended]
        return is_over and one not in [it["workflow_id"] for it in open_ones]

    await eventually(listed_as_over, "it is listed as revoked")
    reused = await signoff.refused(*granting(name))
    assert reused.code == REFUSED
    assert "is over (revoked): give another --name" in reused.line


async def test_a_second_grant_of_that_name_attaches_to_the_same_and_is_refused_for_another(
    office: Counter, signoff: Teller
) -> None:
    name = office.queue
    first = await signoff(*granting(name), "--json")
    second = await signoff(*granting(name), "--json")
    assert second == first | {"attached": True}
    assert "was granted before" in await signoff(*granting(name))
    for flags, differs in (
        (("--note", "more"), "note"),
        (("--at-most", "3"), "at_most"),
        (("--until", "2027-01-01"), "until"),
    ):
        other = await signoff.refused(*granting(name, *flags))
        assert (other.code, f"with another {differs}: give another --name" in other.line) == (BAD_INPUT, True)
    wider = await signoff.refused(*granting(name, bounds=BOUNDS | {"amount": {"at_most": 5000}}))
    assert "with another bounds" in wider.line


async def test_two_who_grant_at_once_grant_one(office: Counter, signoff: Teller) -> None:
    args = build_parser().parse_args(["standing", *granting(office.queue), "--json"])
    await asyncio.gather(*(standing_grant.grant(args) for _ in range(4)))
    told = [json.loads(line)["attached"] for line in signoff._capsys.readouterr().out.splitlines()]
    assert sorted(told) == [False, True, True, True]


@pytest.mark.parametrize("command", [("show",), ("revoke", "--reason", "no")], ids=["show", "revoke"])
async def test_what_is_no_standing_approval_is_named(
    office: Counter, signoff: Teller, command: tuple[str, ...]
) -> None:
    run = await office.start("one")
    for name in ("standing/refunds/test.refund/none", run.id):
        failure = await signoff.refused(command[0], name, *command[1:])
        assert failure.code == REFUSED
        assert failure.line.startswith(f"there is no standing approval {name}; ")


WITHOUT_AMOUNT = {path: bound for path, bound in BOUNDS.items() if path != "amount"}


@pytest.mark.parametrize(
    ("process", "tool", "flags", "words"),
    [
        ("nonsense", "test.refund", {}, 'there is no process "nonsense"'),
        ("refunds", "mail.send", {}, 'refunds has no tool "mail.send"; there are: test.refund'),
        ("refunds-by-hand", "test.refund", {}, "wants a person's approval each time"),
        ("sales-follow-up", "mail.send", {}, "wants a person's approval each time"),
        ("sales-follow-up", "crm.read_lead", {}, "only reads: it needs no approval"),
        ("refunds", "test.refund", {"--bounds": "{"}, "--bounds is not JSON"),
        ("refunds", "test.refund", {"--bounds": "[]"}, "--bounds must be a JSON object"),
        ("refunds", "test.refund", {"--bounds": "{}"}, "--bounds"),
        ("refunds", "test.refund", {"--bounds": '{"amount": {"below": 5}}'}, "--bounds.amount.below"),
        ("refunds", "test.refund", {"--bounds": json.dumps(WITHOUT_AMOUNT)}, "says nothing about amount"),
        ("refunds", "test.refund", {"--bounds": '{"sum": {"at_most": 5}}'}, "test.refund has no sum"),
        ("refunds", "test.refund", {"--until": "soon"}, '--until: "soon" is no time'),
        ("refunds", "test.refund", {"--until": "2020-01-01"}, "must lie ahead"),
        ("refunds", "test.refund", {"--until": "9999d"}, "by at most 366 days"),
        ("refunds", "test.refund", {"--until": "99999999999d"}, "is no time"),
        ("refunds", "test.refund", {"--by": "a\x1b[2J"}, "--by"),
        ("refunds", "test.refund", {"--note": " "}, "--note"),
        ("refunds", "test.refund", {"--name": "a/b"}, "--name"),
        ("refunds", "test.refund", {"--at-most": "0"}, "--at-most: must be a whole number from 1 to 1,000"),
        ("refunds", "test.refund", {"--at-most": "1.5"}, "--at-most: must be a whole number"),
    ],
)
async def test_a_grant_that_cannot_be_right_is_refused_before_anything_is_connected_to(
    known: None, signoff: Teller, process: str, tool: str, flags: dict[str, str], words: str
) -> None:
    usual = {"--bounds": json.dumps(BOUNDS), "--at-most": "1", "--until": "7d", "--by": "ann"} | flags
    failure = await signoff.refused("grant", process, tool, *(part for flag in usual.items() for part in flag))
    assert failure.code == BAD_INPUT
    assert words in failure.line


@pytest.mark.parametrize("argv", [[], ["frob"], ["grant"], ["show", ""], ["revoke", "id"], ["grant", "p", "t"]])
def test_bad_usage_is_one_line(argv: list[str]) -> None:
    with pytest.raises(Failure) as raised:
        run(["standing", *argv])
    assert raised.value.code == BAD_INPUT
    assert "see `signoff standing" in raised.value.line


@pytest.mark.parametrize(
    ("text", "until", "is_length"),
    [
        ("90m", NOW + timedelta(minutes=90), True),
        ("7d", NOW + timedelta(days=7), True),
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC), False),
        ("2026-12-01T17:00Z", datetime(2026, 12, 1, 17, tzinfo=UTC), False),
        ("2026-12-01T17:00+02:00", datetime(2026, 12, 1, 15, tzinfo=UTC), False),
        ("2026-12-01T17:00", datetime(2026, 12, 1, 17, tzinfo=UTC), False),
    ],
)
def test_an_end_is_a_length_of_time_or_a_moment(text: str, until: datetime, is_length: bool) -> None:
    assert standing_grant.read_until(text, NOW) == (until, is_length)


@pytest.mark.parametrize("end", StandingEnd)
def test_a_history_tells_all_of_it_at_any_moment(end: StandingEnd) -> None:
    text = (HISTORIES / f"{end.replace(' ', '-')}.json").read_text()
    events = WorkflowHistory.from_json("recorded", text).events
    whole = read_standing(events, data_converter())
    assert whole is not None
    assert whole.end is end
    until_the_end = read_standing(events[:-1], data_converter())
    assert until_the_end is not None
    assert (until_the_end.uses, until_the_end.refusals) == (whole.uses, whole.refusals)
    assert read_standing(events[:1], data_converter()) == whole.model_copy(
        update={"end": None, "by": None, "reason": None, "uses": (), "refusals": ()}
    )


def test_watching_tells_who_approved_it_in_advance() -> None:
    standing = "standing/refunds/test.refund/one"
    step = {"step": "review-refund", "gate": "review-refund", "by": "person", "who": "ann"}
    note = Note.model_validate({"at": NOW, **step, "outcome": "approved in advance", "text": standing})
    line = comment(Noted(at=NOW, event_id=1, note=note, gates=(), sender=None), "run")
    assert line is not None
    assert line.text == f"ann approved in advance at review-refund: {standing}"


def test_the_manuals_grant_is_one_that_can_be_right() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "standing-approvals.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    args = build_parser().parse_args(shlex.split(block)[1:])
    granted = standing_grant.build_grant(args, standing_grant.read_until(args.until, NOW)[0])
    argument: dict[str, Any] = {"to": {"email": "bob@example.com"}, "amount": "50", "currency": "EUR", "lines": []}
    assert misfit(granted.bounds, argument) is None
    assert misfit(granted.bounds, argument | {"fee": 1}) == "fee has no bound"
