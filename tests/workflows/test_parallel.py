"""Branches side by side: policy says what a failure means, a quorum ends the vote, the first good answer wins."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import workflow
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.testing import WorkflowEnvironment

from contracts.budgets import Account, Limit, Limits, Spent
from contracts.errors import root_message
from tests.support.runs import state_of
from tests.workflows.pattern_desk import PatternDesk, pattern_desk
from tests.workflows.pattern_workflows import SHAPES
from tests.workflows.silent import Silent, until
from workflows.patterns.parallel import Back, first, race, sections, vote
from workflows.steps.asking import Asker
from workflows.steps.budget import RunBudget, at_limit
from workflows.steps.ended import Ended
from workflows.steps.journal import Journal
from workflows.steps.progress import Progress


@pytest.fixture
async def desk(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[PatternDesk]:
    """A desk."""
    async with pattern_desk(env, tmp_path) as made:
        yield made


async def test_sections_come_back_in_the_order_in_which_they_were_given(desk: PatternDesk) -> None:
    run = await desk.start("sections")
    for step in ("ask-3", "ask-1", "ask-2"):
        await desk.says(step, f"word of {step}")
    told = await run.result()
    assert told.said == {"done": {f"ask-{n}": f"word of ask-{n}" for n in (1, 2, 3)}, "failed": {}}
    assert told.spent.usd == Decimal("0.06")


async def test_a_section_may_fail_where_policy_says_so(desk: PatternDesk) -> None:
    run = await desk.start("sections", limit=1)
    await desk.says("ask-2", "look")
    await desk.says("ask-1", "one")
    await desk.says("ask-3", "three")
    told = await run.result()
    assert told.said == {
        "done": {"ask-1": "one", "ask-3": "three"},
        "failed": {"ask-2": f"{desk.queue} is not there"},
    }


async def test_one_failure_too_many_calls_the_others_off_and_fails_the_run(desk: PatternDesk) -> None:
    run = await desk.start("sections")
    await desk.all_asked(3)
    under_way = await desk.model.asked(desk.queue, "ask-1")
    await desk.says("ask-2", "look")
    with pytest.raises(WorkflowFailureError) as failed:
        await run.result()
    assert "is not there" in root_message(failed.value)
    await asyncio.wait_for(under_way.given_up.wait(), 60)


async def test_a_vote_is_over_with_the_quorum_and_what_was_under_way_is_charged(desk: PatternDesk) -> None:
    run = await desk.start("vote", branches=5, limit=2)
    await desk.all_asked(5)
    await desk.says("ask-4", "yes")
    await desk.says("ask-1", "no")
    await desk.says("ask-2", "yes")
    told = await run.result()
    assert told.said == {"value": "yes", "by": ["ask-2", "ask-4"]}
    # Three replies, and two that may be billed although nobody wants them any more.
    assert told.spent.usd == 3 * Decimal("0.02") + 2 * Decimal("0.10")
    assert told.spent.model_calls == 5


async def test_a_vote_that_cannot_reach_its_quorum_does_not_wait_for_the_rest(desk: PatternDesk) -> None:
    run = await desk.start("vote", branches=3, limit=3)
    await desk.says("ask-1", "yes")
    await desk.says("ask-3", "no")
    assert (await run.result()).said is None


async def test_the_first_good_answer_wins_and_a_quick_bad_one_does_not(desk: PatternDesk) -> None:
    run = await desk.start("first")
    await desk.all_asked(3)
    under_way = await desk.model.asked(desk.queue, "ask-1")
    await desk.says("ask-3", "bad")
    await desk.says("ask-2", "good")
    told = await run.result()
    assert told.said == ["ask-2", "good"]
    assert told.spent.usd == 2 * Decimal("0.02") + Decimal("0.10")
    await asyncio.wait_for(under_way.given_up.wait(), 60)


async def test_a_stop_ends_all_branches(desk: PatternDesk) -> None:
    run = await desk.start("first")
    await desk.all_asked(3)
    await run.signal("stop", {"by": "ops", "reason": "enough"})
    told = await run.result()
    assert told.reason == "stopped: ops: enough"
    assert told.spent.usd == 3 * Decimal("0.10")


async def test_what_waits_for_the_budget_is_called_off_without_a_charge(desk: PatternDesk) -> None:
    run = await desk.start("first", budget={"usd": 0.2})
    await desk.all_asked(2)
    asked = desk.model.waiting(desk.queue)[0]
    asked.answer(text='{"word": "good"}')
    told = await run.result()
    assert told.said == [asked.call.step, "good"]
    assert told.spent.usd == Decimal("0.12")
    assert (await state_of(run)).spent.usd == Decimal("0.12")


class Gone(Exception):
    """What a branch of a test is called off by."""


Script = tuple[int, str | None]
"""After how many turns a branch comes back, and with what; None: it fails."""
scripts = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.integers(0, 5), st.sampled_from(["x", "y", None])), min_size=1
)


class Branch:
    """A branch that is awaited to its end, however it ends."""

    def __init__(self, script: Script) -> None:
        self.turns, self.word = script
        self.ended = False

    async def run(self) -> str:
        """Come back when the script says so."""
        try:
            for _ in range(self.turns):
                await asyncio.sleep(0)
            if self.word is None:
                raise failure() from ApplicationError("no")
            return self.word
        finally:
            await asyncio.sleep(0)
            self.ended = True


def failure() -> ActivityError:
    """Of a tool."""
    return ActivityError(
        "failed",
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type="",
        activity_id="",
        retry_state=None,
    )


@given(scripts, st.integers(1, 6))
def test_a_vote_counts_right_whatever_is_said_and_leaves_nobody_behind(script: dict[str, Script], needed: int) -> None:
    branches = {name: Branch(one) for name, one in script.items()}

    async def played() -> None:
        askers = {name: branch.run() for name, branch in branches.items()}
        agreed = await vote(Progress(SHAPES), "test", askers, needed)
        votes = Counter(word for _, word in script.values() if word)
        if agreed:
            assert votes[agreed.value] >= needed == len(agreed.by)
            assert all(script[name][1] == agreed.value for name in agreed.by)
        else:
            assert all(count < needed for count in votes.values())
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(played())


@given(scripts, st.integers(0, 6))
def test_no_more_sections_fail_than_may_and_each_is_done_or_failed(script: dict[str, Script], may_fail: int) -> None:
    branches = {name: Branch(one) for name, one in script.items()}
    fails = sum(word is None for _, word in script.values())

    async def played() -> None:
        progress, work = Progress(SHAPES), {name: branch.run() for name, branch in branches.items()}
        if fails > may_fail:
            with pytest.raises(ActivityError):
                await sections(progress, "test", work, may_fail)
        else:
            came = await sections(progress, "test", work, may_fail)
            assert came.done == {name: word for name, (_, word) in script.items() if word}
            assert set(came.failed) == set(script) - set(came.done)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(played())


@given(scripts)
def test_told_again_a_race_has_the_same_winner_and_the_losers_do_nothing_new(script: dict[str, Script]) -> None:
    async def played() -> None:
        progress, before = Progress(SHAPES), {name: Branch(one) for name, one in script.items()}
        won = await first(progress, "test", {name: branch.run() for name, branch in before.items()})
        came = progress.chain.journal.so_far()["race test"][0].value
        assert isinstance(came, list)
        progress.chain.journal = journal = Journal(progress.chain.journal.so_far())
        news: list[str] = []

        async def again(name: str) -> str:
            if name not in came:
                journal.live()
                news.append(name)
            return await Branch((0, script[name][1])).run()

        found = await first(progress, "test", {name: again(name) for name in script})
        assert (found and (found.name, found.value)) == (won and (won.name, won.value))
        assert news == []

    asyncio.run(played())


async def test_a_limit_in_one_branch_is_raised_and_the_others_are_awaited() -> None:
    other = Branch((5, "x"))

    async def at_the_limit() -> str:
        raise at_limit(Limit.USD, Limits())

    def never(so_far: object) -> bool:
        return False

    with pytest.raises(Ended, match="the limit of 5 USD is reached"):
        await race(Progress(SHAPES), "test", {"poor": at_the_limit(), "other": other.run()}, never)
    assert other.ended


async def test_what_a_branch_is_given_as_it_is_called_off_comes_back() -> None:
    one = Spent(model_calls=1)

    async def late(condition: Callable[[], bool]) -> None:
        await until(condition)
        await asyncio.sleep(0)  # it is called off before it learns that it was given its share

    with patch.multiple(workflow, now=lambda: datetime.now(UTC), wait_condition=late):
        budget = RunBudget(Account(limits=Limits(model_calls=1)))
        branch = asyncio.create_task(Asker(Silent(), budget)._reserved(one))
        await until(lambda: not budget.affords(one))
        branch.cancel()
        await asyncio.gather(branch, return_exceptions=True)
        assert branch.cancelled()
        assert budget.affords(one)


def test_why_a_branch_failed_is_said_in_words() -> None:
    assert Back("a", value=1).why == ""
    assert Back("a", failure=Gone("nobody came")).why == "nobody came"
