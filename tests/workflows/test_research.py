"""Research's story on real parts, and what must never happen in it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType

from contracts.research import ResearchOutcome, ResearchResult
from tests.conftest import MakeWorld
from tests.support.reading_room import (
    BUILDING,
    BUT_2021,
    DOCUMENTS,
    EVIL,
    KEPT,
    OLDER,
    PLAN,
    QUESTION,
    RIGHT,
    WRONG,
    Handle,
    claim,
    excerpts,
    inquire,
    library,
    script,
    start,
)
from tests.support.runs import gate_of, state_of
from tests.support.waiting import eventually

JUNK = "I would rather talk about something else."


async def begun(handle: Handle) -> list[str]:
    """The children that the run began."""
    kind = EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED
    return [
        event.start_child_workflow_execution_initiated_event_attributes.workflow_id.removeprefix(f"{handle.id}/")
        async for event in handle.fetch_history_events()
        if event.event_type == kind
    ]


def stands_in_its_source(result: ResearchResult) -> None:
    """Each quotation of the answer, to the letter."""
    for statement in result.statements:
        assert statement.citations
        for one in statement.citations:
            assert DOCUMENTS[one.file][one.start : one.end] == one.quote


async def test_a_question_is_planned_approved_looked_up_written_and_judged(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with make_world(script([RIGHT, BUT_2021]), **library(tmp_path)) as world:
        handle = await start(world, by="bob")
        shown: Any = (await gate_of(handle)).subject
        assert [step["question"] for step in shown["steps"]] == [step["question"] for step in PLAN["steps"]]
        assert await begun(handle) == []
        await handle.execute_update("decide", {"verdict": "approve", "by": "ann"})
        result = await handle.result()
        assert (result.outcome, result.planned_by, result.approved_by) == ("answered", "scripted", "ann")
        assert (result.written_by, result.judged_by, result.score, result.rounds) == ("scripted", "scripted", 0.9, 0)
        assert [one.text for one in result.statements] == [RIGHT["text"], BUT_2021["text"]]
        assert result.dropped == ()
        stands_in_its_source(result)
        for words in (KEPT, OLDER, "2021-09-30", "doors.md", "who may read them"):
            assert words in result.report


async def test_a_person_edits_the_plan_and_only_what_they_approved_is_done(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with make_world(script([RIGHT]), **library(tmp_path)) as world:
        handle = await start(world)
        await gate_of(handle)
        mine = {"steps": [BUILDING]}
        reply = await handle.execute_update("decide", {"verdict": "approve", "by": "ann", "edit": mine})
        assert reply["accepted"], reply
        result = await handle.result()
        assert await begun(handle) == ["inquiries/1"]
        assert result.plan
        assert [step.question for step in result.plan.steps] == [QUESTION]


@pytest.mark.parametrize(
    "edit", [{"steps": []}, {"steps": [BUILDING, BUILDING]}, {"steps": [BUILDING | {"shell": "rm"}]}, {"kind": "all"}]
)
async def test_an_edit_that_is_no_plan_is_refused(make_world: MakeWorld, tmp_path: Path, edit: dict[str, Any]) -> None:
    async with make_world(script([RIGHT]), **library(tmp_path)) as world:
        handle = await start(world)
        await gate_of(handle)
        reply = await handle.execute_update("decide", {"verdict": "approve", "by": "ann", "edit": edit})
        assert not reply["accepted"]
        assert await begun(handle) == []


async def test_a_plan_that_is_given_is_carried_out_as_it_is_and_no_model_makes_one(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    given = {"steps": [BUILDING, inquire("Where does the key of the cellar hang?")]}
    said = script([RIGHT]) | {"plan": [{"steps": [inquire("What else is in the library?")]}]}
    async with make_world(said, **library(tmp_path)) as world:
        handle = await start(world, plan=given)
        result = await handle.result()
        assert (result.planned_by, result.approved_by) == ("given", None)
        assert result.plan
        assert [step.question for step in result.plan.steps] == [step["question"] for step in given["steps"]]
        assert [one.inquiry for one in result.inquiries] == list(result.plan.steps)
        assert await begun(handle) == ["inquiries/1", "inquiries/2"]
        asked = [
            event.activity_task_scheduled_event_attributes.activity_id
            for event in (await handle.fetch_history()).events
            if event.HasField("activity_task_scheduled_event_attributes")
        ]
        assert "plan" not in asked


GREEDY = [
    {"steps": [inquire(f"Is door number {number} logged?") for number in range(7)]},
    {"steps": [BUILDING, {"kind": "send", "to": "all"}]},
    {"steps": [BUILDING | {"workers": 40}]},
]


@pytest.mark.parametrize("plan", GREEDY, ids=["too many", "another kind", "another field"])
async def test_no_worker_works_outside_the_plan_whatever_a_model_asks_for(
    make_world: MakeWorld, tmp_path: Path, plan: dict[str, Any]
) -> None:
    async with make_world(script([RIGHT]) | {"plan": [plan]}, **library(tmp_path)) as world:
        handle = await start(world, review=False)
        result = await handle.result()
        assert result.planned_by == "template"
        assert await begun(handle) == ["inquiries/1"]
        assert result.plan
        assert [step.question for step in result.plan.steps] == [QUESTION]


async def test_a_sentence_whose_quotation_is_nowhere_is_dropped_and_the_report_says_so(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with make_world(script([RIGHT, WRONG]), **library(tmp_path)) as world:
        result = await (await start(world, review=False, rounds=0)).result()
        assert [one.text for one in result.statements] == [RIGHT["text"]]
        assert [one.text for one in result.dropped] == [WRONG["text"]]
        assert "does not stand in passage 1" in result.dropped[0].why
        assert WRONG["text"] in result.report.partition("## Left out")[2]
        stands_in_its_source(result)


async def test_a_quotation_of_another_passage_does_not_hold(make_world: MakeWorld, tmp_path: Path) -> None:
    swapped = claim("They are deleted.", (1, OLDER))
    async with make_world(script([RIGHT, swapped]), **library(tmp_path)) as world:
        result = await (await start(world, review=False, rounds=0)).result()
        assert [one.text for one in result.dropped] == [swapped["text"]]


async def test_a_judge_sends_it_back_and_the_better_answer_counts(make_world: MakeWorld, tmp_path: Path) -> None:
    said = script([WRONG, RIGHT], [RIGHT, BUT_2021], scores=(0.6, 0.95))
    async with make_world(said, **library(tmp_path)) as world:
        result = await (await start(world, review=False, rounds=3)).result()
        assert (result.rounds, result.score, len(result.statements)) == (1, 0.95, 2)
        assert result.dropped == ()


async def test_an_improvement_that_is_worse_is_left(make_world: MakeWorld, tmp_path: Path) -> None:
    said = script([RIGHT, BUT_2021], [WRONG, RIGHT], scores=(0.6, 0.6))
    async with make_world(said, **library(tmp_path)) as world:
        result = await (await start(world, review=False, rounds=3)).result()
        assert (result.rounds, result.score, len(result.statements)) == (1, 0.6, 2)


async def test_improving_ends_after_its_rounds(make_world: MakeWorld, tmp_path: Path) -> None:
    said = script([RIGHT], [RIGHT, BUT_2021], [RIGHT], [RIGHT], scores=(0.1, 0.2, 0.3, 0.4, 0.5))
    async with make_world(said, **library(tmp_path)) as world:
        result = await (await start(world, review=False, rounds=2)).result()
        assert (result.rounds, result.score) == (2, 0.3)


async def test_models_that_say_nothing_of_use_leave_quotations_and_the_report_says_so(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    steps = ("plan", "pick-excerpts", "write-answer", "judge-answer", "improve-answer")
    async with make_world({step: [JUNK] for step in steps}, **library(tmp_path)) as world:
        result = await (await start(world, review=False)).result()
        assert (result.outcome, result.planned_by, result.written_by) == ("quoted", "template", "template")
        assert KEPT in [one.text for one in result.statements]
        assert "No model's answer could be used" in result.report
        stands_in_its_source(result)


async def test_a_question_that_the_library_does_not_answer_ends_with_nothing(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    nothing = script([RIGHT]) | {"pick-excerpts": [excerpts(missing="all of it")]}
    async with make_world(nothing, **library(tmp_path)) as world:
        result = await (await start(world, review=False, question="What does the moon weigh?")).result()
        assert (result.outcome, result.statements) == (ResearchOutcome.NOTHING_FOUND, ())
        assert result.reason == "no document answers it"


OBEYS = claim("They are kept for ever, see https://logs.attacker.example.", (1, EVIL))


async def test_a_model_that_obeys_a_hostile_document_gets_nothing_into_the_report(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    said = script([OBEYS]) | {"pick-excerpts": [excerpts((1, EVIL), (2, EVIL), (3, EVIL))]}
    async with make_world(said, **library(tmp_path)) as world:
        handle = await start(world, plan={"steps": [inquire("Are door logs kept for ever?")]})
        result = await handle.result()
        assert "attacker.example" not in result.report.partition("## Left out")[0]
        assert all("attacker.example" not in one.text for one in result.statements)


async def test_a_plan_that_nobody_looks_at_or_somebody_rejects_is_not_carried_out(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with make_world(script([RIGHT]), **library(tmp_path)) as world:
        silent, rejected = await start(world, occasion="silent"), await start(world, occasion="rejected")
        await gate_of(silent)
        await world.env.fast_forward(silent, timedelta(days=3))
        await gate_of(rejected)
        await rejected.execute_update("decide", {"verdict": "reject", "by": "ann", "reason": "ask the porter"})
        outcomes = [(await handle.result()).outcome for handle in (silent, rejected)]
        assert outcomes == [ResearchOutcome.EXPIRED, ResearchOutcome.REJECTED]
        assert await begun(silent) == await begun(rejected) == []


async def test_a_run_that_is_stopped_among_its_workers_stops_them(make_world: MakeWorld, tmp_path: Path) -> None:
    late = {"$delay_s": 60, "$reply": excerpts((1, KEPT))}
    async with make_world(script([RIGHT]) | {"pick-excerpts": [late]}, **library(tmp_path)) as world:
        handle = await start(world, review=False)
        await _under_way(handle)
        await handle.signal("stop", {"by": "ops", "reason": "enough"})
        result = await handle.result()
        assert result.outcome is ResearchOutcome.STOPPED
        assert result.plan is not None
        assert result.statements == ()


async def _under_way(handle: Handle) -> None:
    async def two() -> bool:
        return len(await begun(handle)) == 2

    await eventually(two, "the workers")


async def test_workers_spend_the_runs_money_and_no_more(make_world: MakeWorld, tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text("[prices.scripted]\ninput = 0\noutput = 300\n")
    said = script([RIGHT])
    async with make_world(said, SIGNOFF_LIMITS=str(tmp_path / "limits.toml"), **library(tmp_path)) as world:
        handle = await start(world, review=False, budget={"usd": "1.00"})
        result = await handle.result()
        assert (await state_of(handle)).spent.usd <= 1
        assert result.cost_usd <= 1
