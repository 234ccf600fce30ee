"""A system that does what it is asked under one key once may be asked again."""

import pytest

from activities.stores.entries import State
from activities.stores.ledger import LEASE
from contracts.errors import OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from tests.activities.stage import Said, Stage, act, says


@pytest.fixture(autouse=True)
def _repeatable(stage: Stage) -> None:
    stage.repeatable, stage.seen = True, None


async def cut_off(stage: Stage) -> None:
    """An attempt of which nobody knows whether it happened."""
    stage.perform = lambda: says(OutcomeUnknown("cut off"))
    with pytest.raises(ToolUnavailable, match=r"was cut off \(cut off\); it is asked for again"):
        await stage.play(act())
    stage.perform = lambda: says(Said(how="done"))


async def test_an_unknown_outcome_is_asked_for_again(stage: Stage) -> None:
    await cut_off(stage)
    receipt = await stage.play(act())
    assert (receipt.result.how, stage.done) == ("done", ["hello", "hello"])


@pytest.mark.parametrize("error", [ToolUnavailable("busy"), OutcomeUnknown("cut off"), RuntimeError()])
async def test_it_is_asked_until_there_is_an_answer(stage: Stage, error: Exception) -> None:
    await cut_off(stage)
    stage.perform = lambda: says(error)
    with pytest.raises(ToolUnavailable):
        await stage.play(act())
    assert stage.entry().state is State.CLAIMED
    stage.perform = lambda: says(Said(how="done"))
    assert (await stage.play(act())).result.how == "done"


async def test_a_refusal_does_not_prove_that_it_did_not_happen_before(stage: Stage) -> None:
    await cut_off(stage)
    stage.perform = lambda: says(ToolFailed("answered 401"))
    with pytest.raises(OutcomeUnknown, match="asked again, answered 401") as caught:
        await stage.play(act())
    assert caught.value.details == (stage.entry().fence,)
    await stage.settle(happened=True, fence=stage.entry().fence)
    assert (await stage.play(act())).result.how == "presumed hello"


@pytest.mark.parametrize("error", [ToolFailed("never"), ToolUnavailable("busy")])
async def test_a_refusal_of_the_first_is_one(stage: Stage, error: SignoffError) -> None:
    stage.perform = lambda: says(error)
    with pytest.raises(type(error)):
        await stage.play(act())
    assert stage.entry().state is State.RELEASED


async def test_a_crash_between_two_askings_is_not_forgotten(stage: Stage) -> None:
    await cut_off(stage)
    await stage.crash(act(), before_it_acts=True)
    stage.now += LEASE
    stage.perform = lambda: says(ToolFailed("answered 401"))
    with pytest.raises(OutcomeUnknown):
        await stage.play(act())


async def test_other_arguments_are_not_asked_for_in_their_place(stage: Stage) -> None:
    await cut_off(stage)
    stage.done.clear()
    with pytest.raises(OutcomeUnknown, match="nobody could look up"):
        await stage.play(act("other"))
    assert stage.done == []


async def test_of_two_at_once_one_asks(stage: Stage) -> None:
    await stage.crash(act())
    with pytest.raises(ToolUnavailable, match="is being carried out"):
        await stage.play(act())
    stage.now += LEASE
    assert (await stage.play(act())).result.how == "done"
