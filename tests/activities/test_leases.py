"""A claim is a lease: who may act, until when, and what the next one may conclude."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities import effects as effects_module
from activities.effects import Unseen
from activities.stores import ledger as ledger_module
from activities.stores.database import Database
from activities.stores.entries import State
from activities.stores.ledger import LEASE, Ledger
from contracts.errors import OutcomeUnknown, ToolUnavailable
from contracts.tools import Outcome
from tests.activities.stage import DELAY, NOON, Said, Stage, act, says

LITTLE = timedelta(milliseconds=10)


async def test_a_claimant_that_died_before_it_acted_did_nothing_and_nobody_is_asked(stage: Stage) -> None:
    stage.seen = None
    await stage.crash(act("first"), before_it_acts=True)
    with pytest.raises(ToolUnavailable) as caught:
        await stage.play(act("second"))
    assert caught.value.next_retry_delay == LEASE
    stage.now += LEASE
    receipt = await stage.play(act("second"))
    assert (receipt.outcome, stage.done, stage.entry().fence) == (Outcome.DONE, ["second"], 2)


async def test_without_a_probe_a_person_is_asked_as_soon_as_the_claimant_is_surely_gone(stage: Stage) -> None:
    stage.seen = None
    await stage.crash(act())
    stage.now += LEASE - LITTLE
    with pytest.raises(ToolUnavailable):
        await stage.play(act())
    stage.now += LITTLE
    with pytest.raises(OutcomeUnknown, match="nobody could look up"):
        await stage.play(act())
    with pytest.raises(ToolUnavailable) as caught:
        await stage.settle(happened=False)
    assert caught.value.next_retry_delay == DELAY


async def test_who_stopped_by_itself_leaves_only_the_delay_to_wait_for(stage: Stage) -> None:
    stage.seen = Unseen.NOT_FOUND
    stage.perform = lambda: says(OutcomeUnknown("cut"))
    with pytest.raises(ToolUnavailable):
        await stage.play(act())
    stage.perform = lambda: says(Said(how="done"))
    stage.now += DELAY
    assert (await stage.play(act())).outcome is Outcome.DONE


async def test_what_failed_before_it_acted_surely_did_not_happen(stage: Stage) -> None:
    async def fails() -> None:
        raise RuntimeError("secret words")

    stage.before = fails
    with pytest.raises(ToolUnavailable, match=r"did not come to act \(RuntimeError\)") as caught:
        await stage.play(act())
    assert "secret words" not in caught.value.message
    assert stage.entry().state is State.RELEASED


async def test_a_lease_that_is_over_is_over_even_if_nobody_took_the_claim(stage: Stage) -> None:
    async def frozen() -> None:
        stage.now += LEASE

    stage.before = frozen
    with pytest.raises(ToolUnavailable, match="its claim was given up"):
        await stage.play(act())
    assert stage.done == []


async def test_a_zombie_that_wakes_up_before_it_acts_does_not_act(stage: Stage) -> None:
    other = Stage(stage.database, now=NOON + LEASE)

    async def frozen() -> None:
        await other.play(act("theirs"))

    stage.before = frozen
    with pytest.raises(ToolUnavailable, match="its claim was given up"):
        await stage.play(act("mine"))
    assert (stage.done, other.done) == ([], ["theirs"])
    assert (stage.entry().state, stage.entry().fence, stage.entry().digest) == (State.DONE, 2, act("theirs").digest)


async def test_a_wall_clock_that_is_set_forward_gives_no_claim_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(database, seen=Unseen.NOT_FOUND)
    stage.ledger = Ledger(database)
    await stage.crash(act())

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Tomorrow":
            return cls.fromtimestamp(datetime.now(UTC).timestamp() + 86_400, tz)

    monkeypatch.setattr(ledger_module, "datetime", Tomorrow)
    with pytest.raises(ToolUnavailable, match="is being carried out"):
        await stage.play(act())


async def test_a_clock_that_began_anew_delays_by_one_lease_and_no_more(stage: Stage) -> None:
    """As the machine's own does when it starts again, and a server's when somebody sets it back."""
    await stage.crash(act())
    stage.seen = Unseen.NOT_FOUND
    stage.now -= timedelta(days=300)
    with pytest.raises(ToolUnavailable) as caught:
        await stage.play(act())
    assert caught.value.next_retry_delay == LEASE + DELAY
    stage.now += LEASE + DELAY
    assert (await stage.play(act())).outcome is Outcome.DONE


async def test_a_receipt_that_cannot_be_written_at_once_is_written_a_moment_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could look it up, and nobody has to be asked."""
    stage.seen, finish, tries = None, stage.ledger.finish, iter((False, False, True))

    async def third_time(*args: Any) -> Any:
        if not next(tries):
            raise ToolUnavailable("the database is locked")
        return await finish(*args)

    monkeypatch.setattr(effects_module, "FINISH_AGAIN_S", (0, 0))
    monkeypatch.setattr(stage.ledger, "finish", third_time)
    assert (await stage.play(act())).outcome is Outcome.DONE
    assert stage.done == ["hello"]
