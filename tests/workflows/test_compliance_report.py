"""ComplianceReport's story on real parts, and what must never happen in it."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError

from activities.tools.reports import files_of
from contracts.compliance.report import SignedReport
from contracts.compliance.rules import CheckKind
from contracts.compliance.sections import SectionKey
from contracts.compliance_report import ComplianceOutcome, ComplianceResult
from contracts.errors import root_message
from starters.audit.bundle import as_file
from starters.audit.collecting import collect
from starters.audit.proof import Proof
from starters.audit.reading import Broken, read_bundle
from starters.chain import read_chain
from tests.conftest import MakeWorld
from tests.support.compliance import PLAIN, QUIET, SECTIONS, Handle, published, read_input, script, start
from tests.support.runs import gate_of, state_of
from tests.support.world import World

JUNK = {"draft-summary": ["I would rather talk about something else."]}


async def decides(handle: Handle, by: str, **message: Any) -> Any:
    """One message at the gate, and its answer."""
    return await handle.execute_update("decide", {"verdict": "approve", "by": by, **message})


async def signed_by(handle: Handle, *people: str) -> None:
    """They sign, one after the other."""
    await gate_of(handle)
    for who in people:
        answer = await decides(handle, who)
        assert answer["accepted"], answer


def sums(folder: Path) -> dict[str, str]:
    """The digests of a folder's files, by name."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


async def test_a_report_is_checked_written_signed_by_two_and_published(make_world: MakeWorld) -> None:
    async with make_world(script()) as world:
        handle = await start(world, PLAIN, by="ann")
        await signed_by(handle, "ann", "bob")
        result = await handle.result()
        assert (result.outcome, result.prepared_by, result.approved_by) == (ComplianceOutcome.PUBLISHED, "ann", "bob")
        assert result.findings == dict.fromkeys(CheckKind, 5)
        assert "template" not in result.written_by.values()
        assert list(result.written_by) == list(SectionKey)
        folder = published(world, result)
        assert sums(folder) == {one.name: one.sha256 for one in result.files}
        html = (folder / "report.html").read_text(encoding="utf-8")
        for paragraphs in SECTIONS.values():
            assert paragraphs[0].split(".")[0].replace("'", "&#x27;") in html
        log = json.loads((folder / "audit-log.json").read_bytes())
        assert [one["who"] for one in log["signatures"]] == ["ann", "bob"]
        assert all(one["at"] for one in log["signatures"])
        assert log["file"]["sha256"] == result.input_sha256


async def test_a_wrong_figure_is_written_anew_and_then_code_writes_the_section(make_world: MakeWorld) -> None:
    wrong = {"paragraphs": ["20 transactions were checked in 8 checks, with 7 findings."]}
    mended = {"paragraphs": ["20 transactions were checked in 8 checks, with no findings."]}
    said = {"draft-summary": [wrong, mended], "draft-data": [wrong, wrong, mended]}
    async with make_world(script() | said) as world:
        handle = await start(world)
        shown: Any = (await gate_of(handle)).subject
        summary, data, *_ = shown["sections"]
        assert (summary["paragraphs"], summary["rounds"]) == (mended["paragraphs"], 1)
        assert data["by"] == "template"
        assert "7 findings" not in json.dumps(shown)


async def test_a_model_that_only_writes_nonsense_costs_no_section(make_world: MakeWorld) -> None:
    nonsense = {f"draft-{key}": ["I would rather talk about something else."] for key in SectionKey}
    async with make_world(nonsense) as world:
        handle = await start(world)
        shown: Any = (await gate_of(handle)).subject
        assert [section["by"] for section in shown["sections"]] == ["template"] * len(SectionKey)
        assert [check["check"] for check in shown["checks"]] == list(CheckKind)


async def test_nobody_signs_twice(make_world: MakeWorld) -> None:
    async with make_world(JUNK) as world:
        handle = await start(world)
        await signed_by(handle, "ann")
        for same in ("ann", " ann ", "ANN"):
            answer = await decides(handle, same)
            assert not answer["accepted"], same
        gate = await gate_of(handle)
        assert (gate.card.approved_by, gate.card.needed) == (("ann",), 1)
        assert not list(world.settings.reports.rglob("*"))


async def test_preparer_and_approver_sign_in_order(make_world: MakeWorld, tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text(
        '[approvers.ann]\nroles = ["preparer"]\n[approvers.bob]\nroles = ["approver", "preparer"]\n'
        "[gates.compliance-report.sign-report]\n"
        'stages = [{ who = ["role:preparer"] }, { who = ["role:approver"] }]\nseparate = false\n'
    )
    async with make_world(JUNK, SIGNOFF_APPROVERS=str(people)) as world:
        handle = await start(world)
        await gate_of(handle)
        assert not (await decides(handle, "mallory"))["accepted"]
        assert (await decides(handle, "ann"))["accepted"]
        assert (await decides(handle, "bob"))["accepted"]
        result = await handle.result()
        assert (result.prepared_by, result.approved_by) == ("ann", "bob")


async def test_nothing_of_a_report_can_be_edited(make_world: MakeWorld) -> None:
    async with make_world(JUNK) as world:
        handle = await start(world)
        await gate_of(handle)
        answer = await decides(handle, "ann", edit={"company": "Somebody else", "findings": []})
        assert not answer["accepted"]


async def test_transactions_that_were_changed_after_the_checks_are_not_published(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    sample = QUIET.with_name("quiet.csv")
    (tmp_path / "books").mkdir()
    mine = tmp_path / "books" / "mine.csv"
    mine.write_bytes(sample.read_bytes())
    async with make_world(JUNK, SIGNOFF_FILES=str(tmp_path / "books")) as world:
        handle = await start(world, transactions="mine.csv")
        await signed_by(handle, "ann")
        mine.write_bytes(sample.read_bytes().replace(b"120.50", b"120.51"))
        await signed_by(handle, "bob")
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
        assert "it was changed since. Nothing was published" in root_message(failed.value)
        assert not list(world.settings.reports.rglob("*.pdf"))


async def test_one_action_publishes_once_and_says_so_the_second_time(make_world: MakeWorld) -> None:
    async with make_world(JUNK) as world:
        first = await start(world)
        await signed_by(first, "ann", "bob")
        result = await first.result()
        before = sums(published(world, result))
        again = await again_under_another_id(world)
        await signed_by(again, "carol", "dave")
        second = await again.result()
        assert second.outcome is ComplianceOutcome.ALREADY_PUBLISHED
        assert (second.files, second.prepared_by) == (result.files, None)
        assert sums(published(world, result)) == before


async def test_a_proof_bundle_holds_the_digest_of_the_pdf_and_whoever_has_the_program_can_make_it_again(
    make_world: MakeWorld,
) -> None:
    async with make_world(JUNK) as world:
        handle = await start(world)
        await signed_by(handle, "ann", "bob")
        result = await handle.result()
        run_id = (await handle.describe()).run_id
        chain = await read_chain(world.client, world.client.get_workflow_handle(handle.id, run_id=run_id))
        data, _ = as_file(collect(handle.id, chain, world.client.data_converter))
        bundle = read_bundle(data).bundle
        pdf = hashlib.sha256((published(world, result) / "report.pdf").read_bytes()).hexdigest()
        assert any(f"report.pdf: {pdf}" in line for line in Proof(bundle).rests)
        (effect,) = bundle.effects
        assert effect.approval
        report = SignedReport.model_validate(effect.argument)
        assert hashlib.sha256(files_of(report, effect.approval, effect.key)["report.pdf"]).hexdigest() == pdf
        with pytest.raises(Broken):
            read_bundle(data.replace(pdf.encode(), pdf[::-1].encode()))


async def again_under_another_id(world: World) -> Handle:
    """The same business action, in a second run."""
    handle = await world.start(read_input(QUIET), f"{world.settings.state.parent.name}/again", "ComplianceReport")
    return world.client.get_workflow_handle(handle.id, result_type=ComplianceResult)


async def test_silence_and_a_no_publish_nothing(make_world: MakeWorld) -> None:
    async with make_world(JUNK) as world:
        silent = await start(world)
        await signed_by(silent, "ann")
        await world.env.fast_forward(silent, timedelta(days=6))
        assert (await silent.result()).outcome is ComplianceOutcome.EXPIRED
        refused = await start(world, occasion="tomorrow")
        await signed_by(refused, "ann")
        assert (await decides(refused, "bob", verdict="reject", reason="page 3 is unclear"))["accepted"]
        result = await refused.result()
        assert (result.outcome, result.prepared_by) == (ComplianceOutcome.REJECTED, None)
        assert not list(world.settings.reports.rglob("*"))


async def test_a_file_that_cannot_be_checked_ends_the_run_in_one_line(make_world: MakeWorld, tmp_path: Path) -> None:
    (tmp_path / "half.csv").write_text("id,amount\n1,2\n")
    async with make_world(JUNK, SIGNOFF_FILES=str(tmp_path)) as world:
        for occasion, path, says in (("a", "half.csv", "'booked_at'"), ("b", "gone.csv", "is not in the folders")):
            handle = await start(world, transactions=path, occasion=occasion)
            with pytest.raises(WorkflowFailureError) as failed:
                await handle.result()
            assert says in root_message(failed.value)


async def test_a_run_that_is_stopped_publishes_nothing(make_world: MakeWorld) -> None:
    async with make_world(JUNK) as world:
        handle = await start(world)
        await signed_by(handle, "ann")
        await handle.signal("stop", {"by": "ops", "reason": "wrong quarter"})
        result = await handle.result()
        assert result.outcome is ComplianceOutcome.STOPPED
        assert (await state_of(handle)).gates == ()
        assert not list(world.settings.reports.rglob("*"))
