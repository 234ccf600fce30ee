"""Effects that happen once: check the approval, claim, act, leave a receipt."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Generic, NoReturn, TypeVar, assert_never

from pydantic import BaseModel
from temporalio import activity

from activities.stores.database import Database
from activities.stores.ledger import Claim, Entry, Ledger, State
from contracts.effects import EffectsPort, Settlement
from contracts.errors import NotApproved, NotFound, OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.gates import Approval, digest_of
from contracts.tools import Act, Effect, Outcome, Receipt

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


class Unseen(Enum):
    """What a probe answers when it sees no effect."""

    NOT_FOUND = auto()
    """It looked in the right place, and it is not there."""
    UNKNOWN = auto()
    """It could not look."""


@dataclass(frozen=True)
class Deed(Generic[R]):
    """How a tool carries out one act.

    `perform` raises ToolUnavailable or ToolFailed only when surely nothing was done; any other exception leaves the
    outcome open. It ends well within `settling`. `probe` gets the presumed result and looks whether it came about.
    """

    tool: str
    effect: Effect
    presumed: R
    settling: timedelta
    perform: Callable[[], Awaitable[R]]
    probe: Callable[[R], Awaitable[R | Unseen]]


async def once(ledger: Ledger, act: Act[A], deed: Deed[R]) -> Receipt[R]:
    """Carry out an act, unless its key has a receipt; a claim without a receipt is looked up, never blindly repeated.

    Raises NotApproved, OutcomeUnknown, and what `perform` and the database raise. ToolUnavailable is always safe to
    try again, after its `wait` if it has one.
    """
    check_approval(act, deed.effect)
    claim = Claim(act.key, act.digest, deed.tool, deed.presumed, deed.settling)
    entry, ours = await ledger.claim(claim)
    if not ours:
        entry, ours = await _clear_up(ledger, entry, claim, deed)
    if ours:
        entry = await _to_its_end(_carry_out(ledger, entry, deed))
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
    if entry.state is not State.DONE:
        raise OutcomeUnknown(f"somebody else took over while it was carried out: {entry.evidence}", fence=entry.fence)
    outcome = Outcome.DONE if entry.digest == digest else Outcome.CONFLICT
    return Receipt(key=entry.key, digest=entry.digest, outcome=outcome, result=result.model_validate(entry.receipt))


async def _clear_up(ledger: Ledger, entry: Entry, claim: Claim, deed: Deed[R]) -> tuple[Entry, bool]:
    """Find out what came of an earlier claim. True: surely nothing, and the claim is ours now."""
    if entry.state is State.DONE:
        return entry, False
    # Read before the probe looks: what it does not see before the time is over may still come.
    over = ledger.now() >= entry.over_at
    found = await deed.probe(type(deed.presumed).model_validate(entry.presumed))
    if not isinstance(found, Unseen):
        return await ledger.finish(entry, found), False
    if not over:
        _come_back(ledger, entry, "is being carried out, or was cut off a moment ago")
    if found is Unseen.UNKNOWN:
        raise OutcomeUnknown(f"nobody could look up whether it happened: {entry.evidence}", fence=entry.fence)
    entry, ours = await ledger.take_over(entry, claim)
    if not ours and entry.state is not State.DONE:
        _come_back(ledger, entry, "was just taken over by another worker")
    return entry, ours


async def _to_its_end(work: Awaitable[Entry]) -> Entry:
    """Await work that a cancellation must not cut in two: a mail half sent is a mail that nobody knows about."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task


async def _carry_out(ledger: Ledger, entry: Entry, deed: Deed[R]) -> Entry:
    try:
        result = await deed.perform()
    except (ToolUnavailable, ToolFailed):
        await ledger.release(entry)
        raise
    except Exception as error:  # whatever else went wrong, it may have happened
        result = await _look_again(ledger, entry, deed, error)
    return await ledger.finish(entry, result)


async def _look_again(ledger: Ledger, entry: Entry, deed: Deed[R], error: Exception) -> R:
    found = await deed.probe(deed.presumed)
    if not isinstance(found, Unseen):
        return found
    # A stranger's exception may quote anything; its name is enough.
    why = error.message if isinstance(error, SignoffError) else type(error).__name__
    if found is Unseen.NOT_FOUND:
        _come_back(ledger, entry, f"was cut off ({why})")
    raise OutcomeUnknown(f"{why}: {entry.evidence}", fence=entry.fence) from None


def _come_back(ledger: Ledger, entry: Entry, why: str) -> NoReturn:
    wait = max(entry.over_at - ledger.now(), timedelta(seconds=1))
    raise ToolUnavailable(f"{entry.tool} {why}; it is looked up again later: {entry.evidence}", wait=wait) from None


class EffectsActivities(EffectsPort):
    """Settles in the ledger what a person was asked."""

    def __init__(self, database: Database) -> None:
        """`database`: the one in which the tools keep their ledger."""
        self._ledger = Ledger(database)

    @activity.defn(name="effects.settle")
    async def settle(self, settlement: Settlement) -> None:
        """Yes: the answer becomes the receipt. No: the claim is given up, so that the effect may be tried again.

        What has a receipt keeps it. Raises NotFound, ToolUnavailable (also for a "no" that comes while the effect
        could still be under way; `wait` says for how long).
        """
        entry = await self._ledger.settle(
            settlement.key, settlement.fence, happened=settlement.happened, by=settlement.by
        )
        if entry is None and settlement.happened:
            raise NotFound(f"{settlement.key} is not in the ledger: nothing was begun under this key")
        if entry and entry.state is State.CLAIMED and entry.fence == settlement.fence:
            _come_back(self._ledger, entry, 'could still be under way, and "no" counts only after that')
