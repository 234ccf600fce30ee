"""Effects that take others back, as the ledger has them."""

import pytest

from activities.effects import EffectsActivities, Unseen
from activities.stores.crm import put_leads
from activities.stores.database import Database
from activities.stores.entries import State, find_entry
from activities.stores.ledger import LEASE
from activities.tools.crm import CrmActivities
from contracts.effects import Settlement
from contracts.errors import NotFound, OutcomeUnknown, ToolFailed
from contracts.tools import Act, Outcome
from tests.activities.stage import DELAY, KEY, Said, Stage, Words, act, says
from tests.activities.tools.test_crm import LEAD, log

UNDO = f"{KEY}-undo"


def undoing() -> Act[Words]:
    """Takes back what `act` did."""
    return act("never mind").model_copy(update={"key": UNDO, "undoes": KEY})


def state(stage: Stage, key: str = KEY) -> State:
    """How an effect stands."""
    entry = stage.database.transact(lambda connection: find_entry(connection, key, stage.now))
    assert entry
    return entry.state


async def settle(stage: Stage, **changes: object) -> None:
    """What a person says of the undoing."""
    activities = EffectsActivities(stage.database)
    activities._ledger = stage.ledger
    said = Settlement(key=UNDO, fence=0, happened=True, by="ann", undoes=KEY)
    await activities.settle(said.model_copy(update=changes))


async def test_what_was_taken_back_is_not_done_again(stage: Stage) -> None:
    await stage.play(act())
    assert (await stage.play(undoing())).outcome is Outcome.DONE
    assert state(stage) is State.UNDONE
    for what in (act(), act("other")):
        receipt = await stage.play(what)
        assert (receipt.outcome, receipt.digest, receipt.result.how) == (Outcome.UNDONE, act().digest, "done")
    assert stage.done == ["hello", "never mind"]


async def test_what_has_no_receipt_is_not_taken_back(stage: Stage) -> None:
    stage.perform = lambda: says(ToolFailed("never"))
    with pytest.raises(ToolFailed):
        await stage.play(act())
    stage.perform = lambda: says(Said(how="done"))
    await stage.play(undoing())
    assert state(stage) is State.RELEASED


async def test_an_undoing_that_failed_takes_nothing_back(stage: Stage) -> None:
    await stage.play(act())
    stage.perform = lambda: says(ToolFailed("never"))
    with pytest.raises(ToolFailed):
        await stage.play(undoing())
    assert state(stage) is State.DONE


async def test_an_undoing_that_the_probe_finds_took_it_back(stage: Stage) -> None:
    await stage.play(act())
    await stage.crash(undoing())
    assert state(stage) is State.DONE
    stage.seen = Said(how="seen")
    await stage.play(undoing())
    assert state(stage) is State.UNDONE


async def test_an_undoing_of_which_a_person_says_that_it_happened_took_it_back(stage: Stage) -> None:
    await stage.play(act())
    await stage.crash(undoing())
    stage.now += LEASE + DELAY
    with pytest.raises(OutcomeUnknown):
        await stage.play(undoing())
    await settle(stage, happened=False, fence=1, undoes=None)
    assert (state(stage), state(stage, UNDO)) == (State.DONE, State.RELEASED)
    await stage.crash(undoing())
    await settle(stage, fence=2)
    assert (state(stage), state(stage, UNDO)) == (State.UNDONE, State.DONE)


async def test_what_a_person_took_back_by_hand_is_taken_back(stage: Stage) -> None:
    """The tool never came to it."""
    await stage.play(act())
    await settle(stage)
    assert state(stage) is State.UNDONE
    with pytest.raises(NotFound):
        await settle(stage, undoes=None)


async def test_what_a_person_did_by_hand_the_tool_does_not_do_any_more(stage: Stage) -> None:
    await stage.play(act())
    stage.perform = lambda: says(ToolFailed("never"))
    with pytest.raises(ToolFailed):
        await stage.play(undoing())
    await settle(stage)
    stage.perform, stage.seen = (lambda: says(Said(how="done"))), Unseen.NOT_FOUND
    stage.done.clear()
    receipt = await stage.play(undoing())
    assert (receipt.outcome, receipt.result.how, stage.done) == (Outcome.DONE, "presumed never mind", [])


async def test_answers_about_what_was_taken_back_change_nothing(stage: Stage) -> None:
    await stage.play(act())
    await stage.play(undoing())
    for happened in (True, False):
        await stage.settle(happened=happened)
    assert state(stage) is State.UNDONE


async def test_a_row_can_take_an_effect_back_too(stage: Stage, database: Database) -> None:
    database.transact(lambda connection: put_leads(connection, [LEAD]))
    await stage.play(act())
    await CrmActivities(database).log_follow_up(log().model_copy(update={"undoes": KEY}))
    assert state(stage) is State.UNDONE
