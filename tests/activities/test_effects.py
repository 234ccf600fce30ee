"""Once, and only once: every way in which a claim, an act and a receipt can miss each other."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from activities.effects import Unseen
from activities.stores.entries import State
from activities.stores.ledger import LEASE
from activities.stores.tables import EFFECTS
from contracts.errors import NotApproved, NotFound, OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.tools import Act, Effect, Outcome, Receipt
from tests.activities.stage import DELAY, KEY, NOON, Said, Stage, Words, act, says


async def test_the_second_time_finds_the_first_receipt(stage: Stage) -> None:
    first = await stage.play(act())
    again = await stage.play(act())
    assert first == again
    assert (first.outcome, first.digest, first.result) == (Outcome.DONE, act().digest, Said(how="done"))
    assert stage.done == ["hello"]


async def test_other_arguments_under_the_same_key_are_a_conflict_and_do_nothing(stage: Stage) -> None:
    await stage.play(act("first"))
    second = await stage.play(act("second"))
    assert (second.outcome, second.digest, second.result.how) == (Outcome.CONFLICT, act("first").digest, "done")
    assert stage.done == ["first"]


@pytest.mark.parametrize(
    "unapproved",
    [
        act(approval=None),
        act(approval=act("other").approval),
        act(digest=act("other").digest),
        act(digest=act("other").digest, approval=act("other").approval),
        act(argument=Words(text="other")),
    ],
)
async def test_what_nobody_approved_to_the_letter_is_not_even_claimed(stage: Stage, unapproved: Act[Words]) -> None:
    with pytest.raises(NotApproved):
        await stage.play(unapproved)
    assert stage.done == []
    assert stage.database.transact(lambda connection: connection.execute(select(EFFECTS)).all()) == []


async def test_a_finished_effect_needs_its_approval_too(stage: Stage) -> None:
    await stage.play(act())
    with pytest.raises(NotApproved):
        await stage.play(act(approval=None))


async def test_a_write_needs_no_approval(stage: Stage) -> None:
    stage.effect = Effect.WRITE
    assert (await stage.play(act(approval=None))).outcome is Outcome.DONE


@pytest.mark.parametrize("error", [ToolUnavailable("busy"), ToolFailed("never")])
async def test_what_surely_did_not_happen_may_be_tried_again(stage: Stage, error: SignoffError) -> None:
    stage.perform = lambda: says(error)
    with pytest.raises(type(error)):
        await stage.play(act())
    assert stage.entry().state is State.RELEASED
    stage.perform = lambda: says(Said(how="done"))
    assert (await stage.play(act("better words"))).outcome is Outcome.DONE
    assert (stage.entry().fence, stage.entry().digest) == (2, act("better words").digest)


@pytest.mark.parametrize("error", [OutcomeUnknown("no answer"), RuntimeError("secret words")])
async def test_what_may_have_happened_is_looked_up_at_once(stage: Stage, error: Exception) -> None:
    stage.perform = lambda: says(error)
    stage.seen = Said(how="seen")
    receipt = await stage.play(act())
    assert (receipt.outcome, receipt.result.how) == (Outcome.DONE, "seen")
    assert await stage.play(act()) == receipt


async def test_what_nobody_can_look_up_is_told_with_its_evidence(stage: Stage) -> None:
    stage.perform = lambda: says(OutcomeUnknown("the server gave no answer"))
    with pytest.raises(OutcomeUnknown) as caught:
        await stage.play(act())
    begun = f"begun {stage.entry().claimed_at:%Y-%m-%d %H:%M:%S} UTC by {stage.entry().claimed_by}"
    for words in (KEY, act().digest, begun, "the server gave no answer"):
        assert words in caught.value.message
    assert "\n" not in caught.value.message


async def test_a_strange_exception_is_named_and_not_quoted(stage: Stage) -> None:
    stage.perform = lambda: says(RuntimeError("secret words"))
    with pytest.raises(OutcomeUnknown, match="RuntimeError") as caught:
        await stage.play(act())
    assert "secret words" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_cut_effect_that_is_not_seen_yet_may_still_arrive(stage: Stage) -> None:
    stage.perform = lambda: says(OutcomeUnknown("cut"))
    stage.seen = Unseen.NOT_FOUND
    with pytest.raises(ToolUnavailable) as caught:
        await stage.play(act())
    assert caught.value.next_retry_delay == DELAY
    assert stage.entry().state is State.CLAIMED


async def test_a_crash_after_the_effect_finds_it_and_does_not_repeat_it(stage: Stage) -> None:
    await stage.crash(act())
    stage.seen = Said(how="seen")
    assert (await stage.play(act())).result == Said(how="seen")
    assert stage.done == []


async def test_a_crash_before_the_effect_repeats_it_once_nothing_can_be_under_way(stage: Stage) -> None:
    await stage.crash(act())
    stage.seen = Unseen.NOT_FOUND
    stage.now += LEASE + DELAY - timedelta(seconds=10)
    with pytest.raises(ToolUnavailable) as caught:
        await stage.play(act())
    assert caught.value.next_retry_delay == timedelta(seconds=10)
    assert stage.done == []
    stage.now += timedelta(seconds=10)
    assert (await stage.play(act())).outcome is Outcome.DONE
    assert (stage.done, stage.entry().fence) == (["hello"], 2)


async def test_a_crash_that_nobody_can_look_up_is_asked_of_a_person_in_the_end(stage: Stage) -> None:
    await stage.crash(act())
    with pytest.raises(ToolUnavailable):
        await stage.play(act())
    stage.now += LEASE + DELAY
    with pytest.raises(OutcomeUnknown, match=stage.entry().digest):
        await stage.play(act())
    assert stage.done == []


async def test_a_crash_with_other_words_that_went_out_is_a_conflict(stage: Stage) -> None:
    await stage.crash(act("first"))
    stage.seen = Said(how="seen")
    receipt = await stage.play(act("second"))
    assert (receipt.outcome, receipt.digest, receipt.result.how) == (Outcome.CONFLICT, act("first").digest, "seen")
    assert stage.probed == [Said(how="presumed first")]
    assert (await stage.play(act("first"))).outcome is Outcome.DONE


async def test_a_crash_with_other_words_that_did_not_go_out_makes_way(stage: Stage) -> None:
    await stage.crash(act("first"))
    stage.now += LEASE + DELAY
    stage.seen = Unseen.NOT_FOUND
    receipt = await stage.play(act("second"))
    assert (receipt.outcome, receipt.digest, stage.done) == (Outcome.DONE, act("second").digest, ["second"])


async def test_of_two_at_once_one_acts_and_the_other_waits(stage: Stage) -> None:
    acting, go_on = asyncio.Event(), asyncio.Event()

    async def perform() -> Said:
        acting.set()
        async with asyncio.timeout(60):
            await go_on.wait()
        return Said(how="done")

    stage.perform, stage.seen = perform, Unseen.NOT_FOUND
    first = asyncio.create_task(stage.play(act()))
    await acting.wait()
    with pytest.raises(ToolUnavailable, match="is being carried out"):
        await stage.play(act())
    go_on.set()
    assert await first == await stage.play(act())
    assert stage.done == ["hello"]


async def test_of_ten_that_find_the_same_dead_claim_one_acts(stage: Stage) -> None:
    await stage.crash(act())
    stage.now += LEASE + DELAY
    stage.seen = Unseen.NOT_FOUND
    ends = await asyncio.gather(*(stage.play(act()) for _ in range(10)), return_exceptions=True)
    assert stage.done == ["hello"]
    assert {type(end) for end in ends} <= {Receipt, ToolUnavailable}


async def test_who_was_frozen_while_another_took_over_writes_no_receipt(stage: Stage) -> None:
    """The other one is acting: what became of the effect is for a person to say."""
    other = Stage(stage.database, now=NOON + LEASE + DELAY, seen=Unseen.NOT_FOUND)

    async def frozen() -> Said:
        await other.crash(act("theirs"))
        return Said(how="mine")

    stage.perform = frozen
    with pytest.raises(OutcomeUnknown, match="somebody else took over"):
        await stage.play(act())
    assert (stage.entry().state, stage.entry().fence) == (State.CLAIMED, 2)


async def test_who_was_frozen_until_another_was_done_hands_out_that_receipt(stage: Stage) -> None:
    other = Stage(stage.database, now=NOON + LEASE + DELAY, seen=Unseen.NOT_FOUND)

    async def frozen() -> Said:
        await other.play(act("theirs"))
        return Said(how="mine")

    stage.perform = frozen
    receipt = await stage.play(act())
    assert (receipt.outcome, receipt.digest, receipt.result.how) == (Outcome.CONFLICT, act("theirs").digest, "done")


async def test_a_persons_yes_becomes_the_receipt(stage: Stage) -> None:
    await stage.crash(act())
    await stage.settle(happened=True)
    receipt = await stage.play(act())
    assert (receipt.outcome, receipt.result.how) == (Outcome.DONE, "presumed hello")
    assert (stage.done, stage.entry().settled_by) == ([], "ann")


async def test_a_persons_no_lets_it_be_tried_again(stage: Stage) -> None:
    await stage.crash(act())
    stage.now += LEASE + DELAY
    await stage.settle(happened=False)
    assert (stage.entry().state, stage.entry().settled_by) == (State.RELEASED, "ann")
    assert (await stage.play(act())).outcome is Outcome.DONE
    assert (stage.done, stage.entry().settled_by) == (["hello"], None)


async def test_a_persons_no_does_not_count_while_it_could_be_under_way(stage: Stage) -> None:
    await stage.crash(act())
    with pytest.raises(ToolUnavailable) as caught:
        await stage.settle(happened=False)
    assert caught.value.next_retry_delay == LEASE + DELAY
    assert stage.entry().state is State.CLAIMED


async def test_answers_given_twice_or_too_late_change_nothing(stage: Stage) -> None:
    receipt = await stage.play(act())
    for happened in (True, False, True):
        await stage.settle(happened=happened)
    assert await stage.play(act()) == receipt
    assert stage.entry().settled_by is None


@pytest.mark.parametrize("happened", [True, False])
async def test_an_answer_about_an_earlier_claim_leaves_a_later_one_alone(stage: Stage, happened: bool) -> None:
    await stage.crash(act())
    stage.now += LEASE + DELAY
    await stage.settle(happened=False)
    await stage.crash(act())
    stage.now += LEASE + DELAY
    await stage.settle(happened, fence=1)
    assert (stage.entry().state, stage.entry().fence) == (State.CLAIMED, 2)


async def test_a_yes_after_a_no_still_counts(stage: Stage) -> None:
    await stage.crash(act())
    stage.now += LEASE + DELAY
    await stage.settle(happened=False)
    await stage.settle(happened=True)
    assert (await stage.play(act())).result.how == "presumed hello"


async def test_a_no_to_what_was_never_begun_is_fine_and_a_yes_is_not(stage: Stage) -> None:
    await stage.settle(happened=False)
    with pytest.raises(NotFound, match=KEY):
        await stage.settle(happened=True)


async def test_a_new_claim_never_has_an_old_ones_fence(stage: Stage) -> None:
    stage.perform = lambda: says(ToolUnavailable("busy"))
    for fence in (1, 2, 3):
        with pytest.raises(ToolUnavailable):
            await stage.play(act())
        assert stage.entry().fence == fence
