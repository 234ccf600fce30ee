"""Effects that happen once: check the approval, claim, act, leave a receipt."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Generic, TypeVar, assert_never

from pydantic import BaseModel
from temporalio import activity

from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.entries import Entry, State
from activities.stores.ledger import Claim, Ledger
from contracts.effects import Begun, EffectKey, EffectsPort, Settlement
from contracts.errors import NotApproved, NotFound, OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.gates import Approval, digest_of
from contracts.tools import Act, Effect, Outcome, Receipt
from runtime.sealing.vault import ERASED

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)

_SOON = timedelta(milliseconds=200)
"""The least that an attempt waits for another; Temporal needs about as long to start it."""


FINISH_AGAIN_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Waits between the tries to write a receipt while the database cannot be used."""

_OVER = (State.DONE, State.UNDONE)


class Unseen(Enum):
    """What a probe answers when it sees no effect."""

    NOT_FOUND = auto()
    """It looked in the right place, and it is not there."""
    UNKNOWN = auto()
    """It could not look."""


@dataclass(frozen=True)
class Deed(Generic[R]):
    """How a tool carries out one act.

    `perform` awaits `Hold.act` right before the point from which on its effect may have happened. It raises
    ToolUnavailable or ToolFailed only when surely nothing was done; any other exception leaves the outcome open.
    `probe` gets the presumed result and looks whether it came about; None: there is nowhere to look. What was done can
    be seen, by the probe or by a person, at the latest `visible_within` after the claimant has stopped.

    `repeatable`: the outside system does it once, however often it is asked under the act's key, so that an unknown
    outcome is asked for again.
    """

    tool: str
    effect: Effect
    presumed: R
    visible_within: timedelta
    perform: Callable[[Hold], Awaitable[R]]
    probe: Callable[[R], Awaitable[R | Unseen]] | None
    repeatable: bool


async def once(ledger: Ledger, act: Act[A], deed: Deed[R]) -> Receipt[R]:
    """Carry out an act, unless its key has a receipt; a claim without a receipt is looked up, never blindly repeated.

    Raises NotApproved, OutcomeUnknown, and what `perform` and the database raise. ToolUnavailable is always safe to
    try again, after its `wait` if it has one.
    """
    check_approval(act, deed.effect)
    claim = Claim(act.key, act.digest, deed.tool, deed.presumed, deed.visible_within, act.undoes)
    asked_at = asyncio.get_running_loop().time()
    entry, won = await ledger.claim(claim)
    hold: Hold | None = Hold(ledger, entry, asked_at, again=False)
    if not won:
        entry, hold = await _clear_up(ledger, entry, claim, deed)
    if hold is not None:
        entry = await _to_its_end(_carry_out(ledger, entry, deed, hold, act.undoes))
    return receipt_of(entry, act.digest, type(deed.presumed))


def check_approval(act: Act[A], effect: Effect) -> None:
    """Raise NotApproved unless an irreversible act carries the approval of exactly its argument."""
    match effect:
        case Effect.IRREVERSIBLE:
            approved = act.approval.digest if act.approval and _of_this_run(act.approval) else None
            if not approved == act.digest == digest_of(act.argument):
                raise NotApproved(f"{act.key} was not done: nobody approved exactly these arguments")
        case Effect.WRITE | Effect.READ:
            return
        case _:
            assert_never(effect)


def _of_this_run(approval: Approval) -> bool:
    # Only a test calls this outside an activity; there is no run then that another's approval could be used in.
    return not activity.in_activity() or approval.request == activity.info().workflow_id


def receipt_of(entry: Entry, digest: str, result: type[R]) -> Receipt[R]:
    """An entry's receipt as the act with this digest sees it. Raises OutcomeUnknown when it has none."""
    if entry.state not in _OVER:
        raise OutcomeUnknown(f"somebody else took over while it was carried out: {entry.evidence}", fence=entry.fence)
    if entry.receipt == ERASED:
        raise ToolFailed(f"{entry.key} was done before, and what came of it was erased: it is not done again")
    outcome = Outcome.DONE if entry.digest == digest else Outcome.CONFLICT
    if entry.state is State.UNDONE:
        outcome = Outcome.UNDONE
    return Receipt(key=entry.key, digest=entry.digest, outcome=outcome, result=result.model_validate(entry.receipt))


async def _clear_up(ledger: Ledger, entry: Entry, claim: Claim, deed: Deed[R]) -> tuple[Entry, Hold | None]:
    """Find out what came of an earlier claim. With a hold, this attempt may act."""
    if entry.state in _OVER:
        return entry, None
    if not entry.acted:
        return await _take_over(ledger, entry, claim, entry.held_for)
    if deed.repeatable and entry.digest == claim.digest:
        return await _take_over(ledger, entry, claim, entry.held_for, again=True)
    # `entry` was read before the probe looks: what it does not see while something is under way may still come.
    found = await deed.probe(type(deed.presumed).model_validate(entry.presumed)) if deed.probe else Unseen.UNKNOWN
    if not isinstance(found, Unseen):
        return await ledger.finish(entry, found, claim.undoes), None
    if found is Unseen.NOT_FOUND:
        return await _take_over(ledger, entry, claim, entry.open_for)
    # Where there is a probe, it may be able to look later.
    _come_back(entry, entry.open_for if deed.probe else entry.held_for)
    raise OutcomeUnknown(f"nobody could look up whether it happened: {entry.evidence}", fence=entry.fence)


async def _take_over(
    ledger: Ledger, entry: Entry, claim: Claim, busy_for: timedelta, *, again: bool = False
) -> tuple[Entry, Hold | None]:
    """`again`: it may have happened; it is asked for once more, and no refusal proves that it did not."""
    _come_back(entry, busy_for)
    asked_at = asyncio.get_running_loop().time()
    entry, ours = await ledger.take_over(entry, claim, again=again)
    if ours:
        return entry, Hold(ledger, entry, asked_at, again=again)
    if entry.state not in _OVER:
        _come_back(entry, max(entry.held_for, _SOON), "was just taken over by another worker")
    return entry, None


async def _to_its_end(work: Awaitable[Entry]) -> Entry:
    """Await work that a cancellation must not cut in two: a mail half sent is a mail that nobody knows about."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task


async def _carry_out(ledger: Ledger, entry: Entry, deed: Deed[R], hold: Hold, undoes: str | None) -> Entry:
    try:
        async with hold:
            result = await deed.perform(hold)
    except (ToolUnavailable, ToolFailed) as error:
        await _not_done(ledger, entry, error, again=hold.again)
        raise
    except Exception as error:  # whatever else went wrong, it may have happened
        if not hold.acted:
            await _not_done(ledger, entry, error, again=hold.again)
            raise ToolUnavailable(f"{deed.tool} did not come to act ({_why(error)}): nothing was done") from None
        result = await _look_again(await ledger.stop(entry), deed, error)
    entry = await _finished(ledger, entry, result, undoes)
    if not hold.acted:  # had the worker died, the act would have been done twice
        raise RuntimeError(f"{deed.tool} acts without a word to the ledger: it must await Hold.act first")
    return entry


async def _finished(ledger: Ledger, entry: Entry, result: R, undoes: str | None) -> Entry:
    """Tried for a while: nobody else knows as surely as this process that it happened."""
    for wait_s in FINISH_AGAIN_S:
        try:
            return await ledger.finish(entry, result, undoes)
        except ToolUnavailable:
            # By then the database may be back.
            await asyncio.sleep(wait_s)
    return await ledger.finish(entry, result, undoes)


async def _not_done(ledger: Ledger, entry: Entry, error: Exception, *, again: bool) -> None:
    """This attempt did nothing. Did none before it, the claim is free; else the outcome is as open as it was."""
    if not again:
        await ledger.release(entry)
        return
    await ledger.stop(entry)
    if isinstance(error, ToolFailed):
        raise OutcomeUnknown(f"asked again, {error.message}: {entry.evidence}", fence=entry.fence) from None


async def _look_again(entry: Entry, deed: Deed[R], error: Exception) -> R:
    """Whether it happened all the same; the claimant, who has stopped acting, looks for itself."""
    found = await deed.probe(deed.presumed) if deed.probe else Unseen.UNKNOWN
    if not isinstance(found, Unseen):
        return found
    if deed.repeatable:
        raise ToolUnavailable(f"{deed.tool} was cut off ({_why(error)}); it is asked for again") from None
    if found is Unseen.NOT_FOUND:
        _come_back(entry, max(entry.open_for, _SOON), f"was cut off ({_why(error)})")
    raise OutcomeUnknown(f"{_why(error)}: {entry.evidence}", fence=entry.fence) from None


def _why(error: Exception) -> str:
    # A stranger's exception may quote anything; its name is enough.
    return error.message if isinstance(error, SignoffError) else type(error).__name__


def _come_back(
    entry: Entry, busy_for: timedelta, why: str = "is being carried out, or was cut off a moment ago"
) -> None:
    """Raise ToolUnavailable unless the time is over."""
    if busy_for > timedelta(0):
        wait = max(busy_for, _SOON)
        raise ToolUnavailable(f"{entry.tool} {why}; it is looked up again later: {entry.evidence}", wait=wait) from None


class EffectsActivities(EffectsPort):
    """Settles in the ledger what a person was asked."""

    def __init__(self, database: Database) -> None:
        """`database`: the one in which the tools keep their ledger."""
        self._ledger = Ledger(database)

    @activity.defn(name="effects.begun")
    async def begun(self, effect: EffectKey) -> Begun:
        """Whether anybody has claimed it and not given it up. Raises ToolUnavailable."""
        entry = await self._ledger.find(effect.key)
        return Begun(begun=entry is not None and entry.state in (State.CLAIMED, State.DONE))

    @activity.defn(name="effects.settle")
    async def settle(self, settlement: Settlement) -> None:
        """Yes: the answer becomes the receipt. No: the claim is given up, so that the effect may be tried again.

        What has a receipt keeps it. Raises NotFound, ToolUnavailable (also for a "no" that comes while the effect
        could still be under way; `wait` says for how long).
        """
        entry = await self._ledger.settle(
            settlement.key,
            settlement.fence,
            happened=settlement.happened,
            by=settlement.by,
            undoes=settlement.undoes,
        )
        if entry is None and settlement.happened and settlement.undoes is None:
            raise NotFound(f"{settlement.key} is not in the ledger: nothing was begun under this key")
        if entry and entry.state is State.CLAIMED and entry.fence == settlement.fence:
            _come_back(entry, max(entry.open_for, _SOON), 'could still be under way, and "no" counts only after that')
