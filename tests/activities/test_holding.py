"""Who acts renews its claim meanwhile, and is cut off before it could lose it."""

import asyncio
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from activities import hold as hold_module
from activities.effects import Deed, Unseen, once
from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.ledger import Claim, Ledger
from contracts.errors import OutcomeUnknown, ToolUnavailable
from contracts.tools import Effect
from tests.activities.stage import DELAY, KEY, Said, Stage, act


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """A lease of two seconds, on real clocks: less would end by itself on a busy machine."""
    monkeypatch.setattr(hold_module, "RENEW_S", 0.1)
    monkeypatch.setattr(hold_module, "SPARE_S", 0.2)
    return timedelta(seconds=2)


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


async def test_a_long_act_keeps_its_claim(database: Database, quick: timedelta) -> None:
    stage, other = Stage(database, seen=Unseen.NOT_FOUND), Stage(database, seen=Unseen.NOT_FOUND)
    stage.ledger, other.ledger = Ledger(database, lease=quick), Ledger(database, lease=quick)

    async def acts_for_two_leases() -> Said:
        ends = asyncio.get_running_loop().time() + 2 * quick.total_seconds()
        while asyncio.get_running_loop().time() < ends:
            with pytest.raises(ToolUnavailable, match="is being carried out"):
                await other.play(act())
            # Nobody asks without a pause: the renewals have to get at the database, too.
            await asyncio.sleep(0.02)
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
    assert (await asyncio.wait_for(stage.play(act()), 60)).result.how == "seen"


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
