"""`signoff approve` and its like, against a real run: signed and unsigned, and what is shown of it."""

import importlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.approvers import Approver, ApproverKey
from contracts.catalogue import PROCESSES
from runtime.keys import new_key, write_key
from runtime.settings import load_settings
from starters.cli import common, deciding, listing, showing, watching
from starters.cli.parser import build_parser
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.session import Session
from tests.support.waiting import eventually
from tests.workflows.paper_workflows import PAPERS
from tests.workflows.papers import Handle, Office, office


class Desk:
    """An office, and commands that find it."""

    def __init__(self, papers: Office, capsys: pytest.CaptureFixture[str]) -> None:
        self.papers = papers
        self._capsys = capsys
        self.err = ""

    def key(self, name: str) -> ApproverKey:
        """A key of somebody's, in the file NAME.pem."""
        made = new_key()
        write_key(Path(f"{name}.pem"), made.pem)
        return ApproverKey(id=made.id, public=made.public)

    async def __call__(self, *argv: str) -> Any:
        """JSON where it was asked for, else the text."""
        args = build_parser().parse_args(argv)
        module, _, name = args.handler.partition(":")
        assert await getattr(importlib.import_module(module), name)(args) == 0
        out, self.err = self._capsys.readouterr()
        return json.loads(out) if "--json" in argv and argv[0] != "watch" else out

    async def refused(self, *argv: str) -> Failure:
        """How it failed; stdout stays empty."""
        with pytest.raises(Failure) as raised:
            await self(*argv)
        assert self._capsys.readouterr().out == ""
        assert "\n" not in raised.value.line
        return raised.value

    async def waiting(self) -> Handle:
        """A run at its gate."""
        run = await self.papers.start(by="zoe")
        await self.papers.gate(run)
        return run


@pytest.fixture
async def desk(
    env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Desk]:
    """Two have to approve: ann and bob, who have keys, or carol, who has none."""
    monkeypatch.setitem(PROCESSES, PAPERS.name, PAPERS)
    monkeypatch.chdir(tmp_path)
    session = Session(env.client, load_settings({}, tmp_path))

    async def connected(*_: Any) -> Session:
        return session

    for module in (common, deciding, listing, showing, watching):
        monkeypatch.setattr(module, "connected", connected)
    async with office(env, tmp_path) as papers:
        made = Desk(papers, capsys)
        people = [Approver(name=name, roles=("officer",), keys=(made.key(name),)) for name in ("ann", "bob")]
        papers.rules(*people, Approver(name="carol"), stages=({"needed": 2},))
        yield made


async def test_a_signed_decision_names_its_gate_and_what_it_shows(desk: Desk) -> None:
    run = await desk.waiting()
    reply = await desk("approve", run.id, "--by", "ann", "--key", "ann.pem", "--note", "gern", "--json")
    assert reply["accepted"], reply
    assert await desk("approve", run.id, "--by", "bob", "--key", "bob.pem") == "approve taken at sign\n"
    await run.result()
    await desk("audit", run.id, "--out", "proof.json")
    proof = await verified(desk)
    assert "sign: 2 of 2 decisions are signed, each by its sender" in proof["proven"]
    (gate,) = json.loads(read("proof.json"))["bundle"]["gates"]
    messages = [vote["said"]["message"] for vote in gate["votes"]]
    assert [(one["gate"], one["digest"]) for one in messages] == [("sign", gate["end"]["digest"])] * 2
    assert [one["note"] for one in messages] == ["gern", None]


async def verified(desk: Desk) -> dict[str, Any]:
    """What `audit verify` says of proof.json."""
    found: dict[str, Any] = await desk("audit", "verify", "proof.json", "--json")
    return found


async def test_an_edit_an_abstention_and_a_vote_taken_back_can_be_signed(desk: Desk) -> None:
    run = await desk.waiting()
    await desk("abstain", run.id, "--by", "carol", "--note", "no time")
    await desk("approve", run.id, "--by", "ann", "--key", "ann.pem")
    await desk("retract", run.id, "--by", "ann", "--key", "ann.pem", "--gate", "sign")
    await desk("approve", run.id, "--by", "ann", "--key", "ann.pem", "--edit", '{"title": "Ours"}')
    await desk("approve", run.id, "--by", "bob", "--key", "bob.pem")
    assert (await run.result()).title == "Ours"
    await desk("audit", run.id, "--out", "proof.json", "--json")
    assert "sign: 4 of 5 decisions are signed, each by its sender" in (await verified(desk))["proven"]


async def test_a_key_of_somebody_else_is_refused_by_the_run(desk: Desk) -> None:
    run = await desk.waiting()
    failure = await desk.refused("approve", run.id, "--by", "ann", "--key", "bob.pem")
    assert failure.code == REFUSED
    assert "refused: ann has no key" in failure.line
    failure = await desk.refused(
        "approve", run.id, "--by", "ann", "--key", "bob.pem", "--key-id", desk_key(desk, "ann")
    )
    assert "the signature is not one of ann for this decision" in failure.line
    failure = await desk.refused("reject", run.id, "--by", "eve", "--reason", "no", "--key", "ann.pem")
    assert "eve may not decide here" in failure.line


def desk_key(desk: Desk, name: str) -> str:
    """The id of somebody's key."""
    people = desk.papers.registry.people or ()
    return next(one.keys[0].id for one in people if one.name == name)


async def test_where_no_gate_is_open_there_is_nothing_to_sign(desk: Desk) -> None:
    run = await desk.waiting()
    failure = await desk.refused("approve", run.id, "--by", "ann", "--key", "ann.pem", "--gate", "other")
    assert (failure.code, failure.line) == (REFUSED, f"{run.id}: gate other is not open: there is nothing to sign")


async def test_a_key_that_others_can_read_is_used_with_a_warning(desk: Desk) -> None:
    run = await desk.waiting()
    os.chmod("ann.pem", 0o644)
    await desk("approve", run.id, "--by", "ann", "--key", "ann.pem")
    assert desk.err == "signoff: ann.pem can be read by others: chmod 600 it\n"


async def test_lists_and_shows_say_who_is_waited_for_and_who_has_approved(desk: Desk) -> None:
    run = await desk.waiting()
    await desk("approve", run.id, "--by", "ann", "--key", "ann.pem")

    async def listed() -> str | None:
        text = str(await desk("list", "--waiting", "--process", "papers"))
        return text if "approved by ann" in text else None

    assert "sign: Publish this paper? (1 more must approve; approved by ann)" in await eventually(listed, "the list")
    runs = {one["workflow_id"]: one for one in (await desk("list", "--waiting", "--json"))["runs"]}
    (card,) = runs[run.id]["waiting"]
    assert (card["needed"], card["approved_by"], card["waits_on"]) == (1, ["ann"], [])
    text = await desk("show", run.id)
    assert "1 more must approve; approved by ann" in text
    assert f", signed with {desk_key(desk, 'ann')})" in text
    assert "Only those of SIGNOFF_APPROVERS could decide." in text
    shown = await desk("show", run.id, "--json")
    (decision,) = [one for one in shown["decisions"] if one["by"] == "person"]
    assert (decision["outcome"], decision["signed_with"]) == ("approved, 1 more needed", desk_key(desk, "ann"))
    assert shown["listed"] is True


async def test_without_a_list_show_says_that_whoever_comes_may_decide(desk: Desk) -> None:
    desk.papers.rules()
    run = await desk.waiting()
    text = await desk("show", run.id)
    assert "No list of approvers (SIGNOFF_APPROVERS): whoever can reach the namespace may decide." in text
    await desk("approve", run.id, "--by", "anybody")
    lines = [json.loads(line) for line in (await desk("watch", run.id, "--json")).splitlines()]
    assert any("waiting for a decision at sign (until " in line["text"] for line in lines)


async def test_a_bundle_goes_to_stdout_or_into_a_file_and_never_half(desk: Desk) -> None:
    run = await desk.waiting()
    printed = await desk("audit", run.id)
    told = await desk("audit", run.id, "--out", "proof.json")
    assert read("proof.json") == printed
    assert f"SHA-256 {json.loads(printed)['sha256']}" in told
    assert "check it anywhere: signoff audit verify proof.json" in told
    assert [name for name in os.listdir() if "proof" in name] == ["proof.json"]


def read(name: str) -> str:
    """A file's text."""
    return Path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("out", ["no/where.json", ".", "ann.pem/x", "y" * 300])
async def test_a_place_that_cannot_be_written_to_is_named(desk: Desk, out: str) -> None:
    run = await desk.waiting()
    failure = await desk.refused("audit", run.id, "--out", out)
    assert failure.code == BAD_INPUT
    assert f"{out} cannot be written: " in failure.line


async def test_a_run_that_is_not_there_has_no_bundle(desk: Desk) -> None:
    failure = await desk.refused("audit", "nobody/knows")
    assert (failure.code, "there is no run nobody/knows" in failure.line) == (REFUSED, True)
    failure = await desk.refused("audit", "nobody/knows", "a-file")
    assert failure.code == BAD_INPUT
