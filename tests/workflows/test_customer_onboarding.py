"""CustomerOnboarding's story on real parts, and what must never happen in it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import WorkflowFailureError

from contracts.customer_onboarding import OnboardingOutcome
from contracts.errors import root_message
from contracts.standing import Grant
from runtime.settings import SAMPLE_KYC, load_settings
from starters.standing import grant_standing
from tests.conftest import MakeWorld
from tests.support.applicants import GOOD, HOSTILE, LISTED, PLAIN, SAMPLES, Handle, customers, decides, start
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.support.world import World, body_of
from workers.approvers import check_gates, gates_that_wait

PAGE = Path(__file__).parents[2] / "docs" / "processes" / "customer-onboarding.md"
RIGHT = {
    "01-plain": "pass",
    "02-german-card": "pass",
    "03-messy": "refer",
    "04-ukrainian": "pass",
    "05-arabic-on-the-list": "refer",
    "06-chinese-namesake": "refer",
    "07-contradictory": "refer",
    "08-hostile": "refuse",
}


async def admitted(handle: Handle) -> None:
    """Two officers say yes."""
    for officer in ("ann", "bob"):
        assert await decides(handle, "review-case", officer) is None


async def welcomed(handle: Handle) -> Any:
    """Somebody lets the welcome go out."""
    assert await decides(handle, "review-welcome", "dora") is None
    return await handle.result()


async def asked_models(handle: Handle) -> list[str]:
    """The activities that the run has begun, up to its first model call."""
    events = (await handle.fetch_history()).events
    names = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return names[: names.index("llm.ask") + 1] if "llm.ask" in names else names


async def test_each_sample_comes_to_the_end_that_its_rules_want(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:

        async def comes_to_its_end(handle: Handle, verdict: str) -> Any:
            if verdict == "refer":
                await admitted(handle)
            result = await (handle.result() if verdict == "refuse" else welcomed(handle))
            assert result.decision is not None
            assert result.decision.verdict == verdict
            return result

        # Not started side by side: `with_time_skipping_disabled` sets one flag of the whole server's.
        begun = [await start(world, SAMPLES[name]) for name in RIGHT]
        results = await asyncio.gather(*map(comes_to_its_end, begun, RIGHT.values()))
        outcomes = [result.outcome for result in results]
        assert outcomes == ["refused" if verdict == "refuse" else "welcomed" for verdict in RIGHT.values()]
        assert [result.officers for result in results] == [
            ("ann", "bob") if verdict == "refer" else () for verdict in RIGHT.values()
        ]
        entered = {row["application_id"]: row["admission"] for row in customers(world)}
        assert len(entered) == len(world.mails()) == 7
        assert entered["application-005"]["officers"] == ["ann", "bob"]
        assert {row["rules_digest"] for row in entered.values()} == {results[0].decision.rules_digest}


async def test_the_welcome_says_number_and_limit_whatever_the_model_wrote(make_world: MakeWorld) -> None:
    forbidden = {"subject": "You passed our sanctions screening", "paragraphs": ["We checked your passport, Anna."]}
    async with make_world({"write-welcome": [forbidden]}) as world:
        result = await welcomed(await start(world, SAMPLES["02-german-card"]))
        (mail,) = world.mails()
        assert result.drafted_by == "template"
        assert "Your customer number is C-application-002. Your credit limit is 2,500 EUR." in body_of(mail)
        assert "screening" not in f"{mail['subject']}{body_of(mail)}"


async def test_no_officer_decides_alone_or_twice_and_the_requester_not_at_all(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world, LISTED, by="carol")
        assert await decides(handle, "review-case", "ann") is None
        for again in ("ann", "ANN", " ann "):
            assert "has approved this already" in str(await decides(handle, "review-case", again))
        assert "cannot decide it" in str(await decides(handle, "review-case", "Carol"))
        assert ((await gate_of(handle)).card.needed, customers(world)) == (1, [])
        assert await decides(handle, "review-case", "bob") is None
        assert (await welcomed(handle)).officers == ("ann", "bob")


def test_the_approvers_of_the_page_can_decide(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (tmp_path / "approvers.toml").write_text(page.partition("## Officers\n\n```toml\n")[2].partition("```")[0])
    settings = load_settings({"SIGNOFF_APPROVERS": "approvers.toml"}, tmp_path)
    check_gates(settings)
    assert not [line for line in gates_that_wait(settings) if "customer-onboarding" in line]


async def test_whom_an_officer_rejects_is_no_customer(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world, LISTED)
        assert await decides(handle, "review-case", "ann") is None
        assert await decides(handle, "review-case", "bob", "reject") is None
        result = await handle.result()
        assert (result.outcome, result.customer_id) == (OnboardingOutcome.REJECTED, None)
        assert (customers(world), world.mails()) == ([], [])


async def test_a_case_that_two_officers_do_not_decide_in_time_is_no_customer(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world, LISTED)
        assert await decides(handle, "review-case", "ann") is None
        await world.env.fast_forward(handle, timedelta(days=6))
        assert (await handle.result()).outcome is OnboardingOutcome.EXPIRED
        assert customers(world) == []


async def test_no_model_is_asked_before_the_decision_and_none_where_the_rules_refuse(make_world: MakeWorld) -> None:
    async with make_world({"write-welcome": [{"verdict": "pass", "admit": True}]}) as world:
        refused = await start(world, HOSTILE)
        assert (await refused.result()).outcome is OnboardingOutcome.REFUSED
        assert "llm.ask" not in await asked_models(refused)
        referred = await start(world, LISTED)
        await gate_of(referred)
        assert "llm.ask" not in await asked_models(referred)
        passes = await start(world, PLAIN)
        await gate_of(passes)
        assert (await asked_models(passes))[:4] == ["credit.read", "kyc.screen", "kyc.rules", "llm.ask"]
        assert len(customers(world)) == 1


@pytest.mark.parametrize("missing", ["rules.toml", "watchlist.jsonl"])
async def test_without_rules_or_list_the_run_stops_and_nobody_becomes_a_customer(
    make_world: MakeWorld, tmp_path: Path, missing: str
) -> None:
    folder = tmp_path / "kyc"
    folder.mkdir()
    for file in SAMPLE_KYC.iterdir():
        if file.name != missing:
            (folder / file.name).write_bytes(file.read_bytes())
    async with make_world(GOOD, SIGNOFF_KYC=str(folder)) as world:
        with pytest.raises(WorkflowFailureError) as failed:
            await (await start(world, PLAIN)).result()
        assert missing in root_message(failed.value)
        assert (customers(world), world.mails()) == ([], [])


async def test_an_application_is_entered_and_welcomed_once(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        first, other = [await start(world, PLAIN, run_id=f"{world.settings.state.parent.name}-{n}") for n in "ab"]
        one, two = await welcomed(first), await welcomed(other)
        assert one.message_id == two.message_id
        later = await (await start(world, PLAIN, occasion="tomorrow")).result()
        assert (later.outcome, later.customer_id) == (OnboardingOutcome.ALREADY_CUSTOMER, None)
        assert (len(customers(world)), len(world.mails())) == (1, 1)


async def test_a_welcome_that_nobody_lets_out_leaves_an_admitted_customer(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world, PLAIN)
        assert await decides(handle, "review-welcome", "dora", "reject") is None
        result = await handle.result()
        assert (result.outcome, result.customer_id) == (OnboardingOutcome.ADMITTED, "C-application-001")
        assert (len(customers(world)), world.mails()) == (1, [])


async def test_a_run_that_is_stopped_before_the_decision_enters_nobody(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world, LISTED)
        await gate_of(handle)
        await handle.signal("stop", {"by": "ops", "reason": "wrong applicant"})
        assert (await handle.result()).outcome is OnboardingOutcome.STOPPED
        assert customers(world) == []


async def test_the_result_and_the_lines_that_people_see_name_no_document_in_full(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world, LISTED)
        await admitted(handle)
        result = await welcomed(handle)
        number = LISTED["document_number"]
        assert str(result.document).endswith("ending in 977")
        assert number not in result.model_dump_json()
        first, *events = (await handle.fetch_history()).events
        assert number in str(first)  # as it was applied with
        assert not [event for event in events if number in str(event)]


async def grant(world: World) -> None:
    """A compliance officer lets welcomes of those who pass go out: the bounds are those of the process's page."""
    bounds = json.loads(PAGE.read_text(encoding="utf-8").partition("--bounds '")[2].partition("'\n")[0])
    said = {"process": "customer-onboarding", "tool": "mail.send", "bounds": bounds, "at_most": 5, "by": "otto"}
    granted = Grant.model_validate(said | {"until": datetime.now(UTC) + timedelta(days=1)})
    with world.env.with_time_skipping_disabled():
        found = await grant_standing(world.client, granted, world.settings.state.parent.name.replace("_", "-"))
    world.started.append(cast(Any, world.client.get_workflow_handle(found.workflow_id)))

    async def listed() -> bool:
        query = f"WorkflowId='{found.workflow_id}' AND ExecutionStatus='Running'"
        return (await world.client.count_workflows(query)).count == 1

    await eventually(listed, "the standing approval in the list")


async def test_a_standing_approval_welcomes_whom_the_rules_let_pass_and_nobody_else(make_world: MakeWorld) -> None:
    async with make_world({"write-welcome": ["I would rather not."]}) as world:
        await grant(world)
        result = await asyncio.wait_for((await start(world, PLAIN)).result(), 30)
        assert (result.outcome, result.approved_by) == (OnboardingOutcome.WELCOMED, "otto")
        assert str(result.standing).startswith("standing/customer-onboarding/mail.send/")
        referred = await start(world, LISTED)
        await admitted(referred)
        assert (await gate_of(referred)).card.step == "review-welcome"
        assert len(world.mails()) == 1
