"""A claim is a lease: who may act, until when, and what the next one may conclude."""

import asyncio
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from activities import effects as effects_module
from activities import hold as hold_module
from activities.effects import Deed, Unseen, once
from activities.hold import Hold
from activities.stores import ledger as ledger_module
from activities.stores.database import Database
from activities.stores.entries import State
from activities.stores.ledger import LEASE, Claim, Ledger
from activities.stores.tables import EFFECTS
from contracts.errors import OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.tools import Effect, Outcome
from tests.activities.stage import DELAY, KEY, NOON, Said, Stage, act, dies, says

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


async def test_who_is_frozen_in_the_ledgers_very_answer_does_not_act(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, frozen_s = stage.ledger.renew, 0.0

    async def renew_and_freeze(*args: Any, **acting: Any) -> bool:
        nonlocal frozen_s
        ours = await renew(*args, **acting)
        frozen_s = 60
        return ours

    monkeypatch.setattr(hold_module, "_now", lambda: asyncio.get_running_loop().time() + frozen_s)
    monkeypatch.setattr(stage.ledger, "renew", renew_and_freeze)
    with pytest.raises(ToolUnavailable, match="held up for too long"):
        await stage.play(act())
    assert stage.done == []


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """A lease of two seconds, on real clocks: less would end by itself on a busy machine."""
    monkeypatch.setattr(hold_module, "RENEW_S", 0.1)
    monkeypatch.setattr(hold_module, "SPARE_S", 0.2)
    return timedelta(seconds=2)


async def test_a_long_act_keeps_its_claim(database: Database, quick: timedelta) -> None:
    stage, other = Stage(database, seen=Unseen.NOT_FOUND), Stage(database, seen=Unseen.NOT_FOUND)
    stage.ledger, other.ledger = Ledger(database, lease=quick), Ledger(database, lease=quick)

    async def acts_for_two_leases() -> Said:
        ends = asyncio.get_running_loop().time() + 2 * quick.total_seconds()
        while asyncio.get_running_loop().time() < ends:
            with pytest.raises(ToolUnavailable, match="is being carried out"):
                await other.play(act())
        return Said(how="done")

    stage.perform = acts_for_two_leases
    assert (await stage.play(act())).result.how == "done"
    assert other.done == []
    assert stage.entry().fence == 1


async def test_who_cannot_renew_its_claim_is_cut_off_before_it_ends(
    database: Database, quick: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(database)
    stage.ledger = Ledger(database, lease=quick)
    began = ended = 0.0

    async def unavailable(*_: object, **__: object) -> bool:
        raise ToolUnavailable("the database is gone")

    async def acts_on() -> Said:
        nonlocal began, ended
        began = asyncio.get_running_loop().time()
        monkeypatch.setattr(stage.ledger, "renew", unavailable)
        try:
            await asyncio.Event().wait()
        finally:
            ended = asyncio.get_running_loop().time()
        raise AssertionError

    stage.perform = acts_on
    with pytest.raises(OutcomeUnknown, match="TimeoutError"):
        await stage.play(act())
    assert 0 < ended - began < quick.total_seconds()


async def test_who_lost_its_claim_is_cut_off_at_once(database: Database, quick: timedelta) -> None:
    """A probe of somebody else saw the effect first: there is nothing left to wait for."""
    stage, other = Stage(database), Stage(database, seen=Said(how="seen"))
    stage.ledger, other.ledger = Ledger(database, lease=quick * 100), Ledger(database, lease=quick)

    async def acts_on() -> Said:
        await other.play(act())
        await asyncio.Event().wait()
        raise AssertionError

    stage.perform, stage.seen = acts_on, Said(how="seen")
    assert (await asyncio.wait_for(stage.play(act()), 10)).result.how == "seen"


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


async def test_a_slow_probe_does_not_eat_up_the_lease(database: Database, quick: timedelta) -> None:
    stage = Stage(database)
    stage.ledger = Ledger(database, lease=quick)
    entry, _ = await stage.ledger.claim(Claim(KEY, act().digest, "stage.say", Said(how=""), timedelta()))
    assert await stage.ledger.renew(entry, acting=True)

    async def looks_for_longer_than_a_lease(_: Said) -> Unseen:
        await asyncio.to_thread(threading.Event().wait, 1.2 * quick.total_seconds())
        return Unseen.NOT_FOUND

    async def perform(hold: Hold) -> Said:
        await hold.act()
        return Said(how="done")

    deed = Deed(
        "stage.say", Effect.WRITE, Said(how=""), timedelta(), perform, looks_for_longer_than_a_lease, repeatable=False
    )
    receipt = None
    async with asyncio.timeout(30):
        while receipt is None:
            with suppress(ToolUnavailable):  # until the first claimant's lease is over
                receipt = await once(stage.ledger, act(), deed)
    assert receipt.result.how == "done"


async def test_a_tool_that_acts_without_a_word_to_the_ledger_is_found_out(database: Database) -> None:
    async def acts_at_once(_: Hold) -> Said:
        return Said(how="done")

    deed = Deed("stage.say", Effect.IRREVERSIBLE, Said(how="presumed"), DELAY, acts_at_once, None, repeatable=False)
    with pytest.raises(RuntimeError, match=r"it must await Hold\.act first"):
        await once(Ledger(database), act(), deed)
    assert (await once(Ledger(database), act(), deed)).result.how == "done"


class TestWhatMayBeAskedAgain:
    """A system that does what it is asked under one key once."""

    @pytest.fixture(autouse=True)
    def _repeatable(self, stage: Stage) -> None:
        stage.repeatable, stage.seen = True, None

    async def cut_off(self, stage: Stage) -> None:
        """An attempt of which nobody knows whether it happened."""
        stage.perform = lambda: says(OutcomeUnknown("cut off"))
        with pytest.raises(ToolUnavailable, match=r"was cut off \(cut off\); it is asked for again"):
            await stage.play(act())
        stage.perform = lambda: says(Said(how="done"))

    async def test_an_unknown_outcome_is_asked_for_again(self, stage: Stage) -> None:
        await self.cut_off(stage)
        receipt = await stage.play(act())
        assert (receipt.result.how, stage.done) == ("done", ["hello", "hello"])

    @pytest.mark.parametrize("error", [ToolUnavailable("busy"), OutcomeUnknown("cut off"), RuntimeError()])
    async def test_it_is_asked_until_there_is_an_answer(self, stage: Stage, error: Exception) -> None:
        await self.cut_off(stage)
        stage.perform = lambda: says(error)
        with pytest.raises(ToolUnavailable):
            await stage.play(act())
        assert stage.entry().state is State.CLAIMED
        stage.perform = lambda: says(Said(how="done"))
        assert (await stage.play(act())).result.how == "done"

    async def test_a_refusal_does_not_prove_that_it_did_not_happen_before(self, stage: Stage) -> None:
        await self.cut_off(stage)
        stage.perform = lambda: says(ToolFailed("answered 401"))
        with pytest.raises(OutcomeUnknown, match="asked again, answered 401") as caught:
            await stage.play(act())
        assert caught.value.details == (stage.entry().fence,)
        await stage.settle(happened=True, fence=stage.entry().fence)
        assert (await stage.play(act())).result.how == "presumed hello"

    @pytest.mark.parametrize("error", [ToolFailed("never"), ToolUnavailable("busy")])
    async def test_a_refusal_of_the_first_is_one(self, stage: Stage, error: SignoffError) -> None:
        stage.perform = lambda: says(error)
        with pytest.raises(type(error)):
            await stage.play(act())
        assert stage.entry().state is State.RELEASED

    async def test_a_crash_between_two_askings_is_not_forgotten(self, stage: Stage) -> None:
        await self.cut_off(stage)
        await stage.crash(act(), before_it_acts=True)
        stage.now += LEASE
        stage.perform = lambda: says(ToolFailed("answered 401"))
        with pytest.raises(OutcomeUnknown):
            await stage.play(act())

    async def test_other_arguments_are_not_asked_for_in_their_place(self, stage: Stage) -> None:
        await self.cut_off(stage)
        stage.done.clear()
        with pytest.raises(OutcomeUnknown, match="nobody could look up"):
            await stage.play(act("other"))
        assert stage.done == []

    async def test_of_two_at_once_one_asks(self, stage: Stage) -> None:
        await stage.crash(act())
        with pytest.raises(ToolUnavailable, match="is being carried out"):
            await stage.play(act())
        stage.now += LEASE
        assert (await stage.play(act())).result.how == "done"


class TestWorkersOfTheFirstVersion:
    """They know no lease, and go on beside those of this one until all are replaced."""

    async def claims(self, stage: Stage, over_in: timedelta) -> None:
        """What such a worker leaves in the ledger when it claims, or takes over, the key."""
        await stage.crash(act(), before_it_acts=True)
        theirs = {"fence": EFFECTS.c.fence + 1, "over_at": datetime.now(UTC) + over_in, "claimed_by": "old"}
        stage.database.transact(lambda connection: connection.execute(update(EFFECTS).values(theirs)))

    async def test_their_claims_are_left_alone_until_they_have_surely_stopped(self, stage: Stage) -> None:
        await self.claims(stage, timedelta(seconds=50))
        stage.seen, stage.now = Unseen.NOT_FOUND, stage.now + timedelta(days=1)
        with pytest.raises(ToolUnavailable) as caught:
            await stage.play(act())
        assert timedelta(seconds=40) < (caught.value.next_retry_delay or timedelta()) < timedelta(seconds=50)

    @pytest.mark.parametrize("seen", [Unseen.NOT_FOUND, Unseen.UNKNOWN])
    async def test_what_they_were_about_to_do_may_have_happened(self, stage: Stage, seen: Unseen) -> None:
        await self.claims(stage, timedelta(seconds=-1))
        stage.seen = seen
        if seen is Unseen.UNKNOWN:
            with pytest.raises(OutcomeUnknown, match="by old"):
                await stage.play(act())
        else:
            assert (await stage.play(act())).outcome is Outcome.DONE
            assert stage.entry().fence == 3

    async def test_they_leave_a_claim_of_this_version_alone_for_a_minute(self, stage: Stage) -> None:
        stage.perform = dies
        await stage.crash(act())
        over_at = stage.database.transact(lambda connection: connection.execute(select(EFFECTS.c.over_at)).scalar_one())
        assert over_at - datetime.now(UTC) > timedelta(seconds=50)
