"""A saga: several effects of one business action, all of them, or, in reverse order, those that happened are undone.

After Garcia-Molina and Salem, "Sagas" (SIGMOD 1987).
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.budgets import Spent
from contracts.errors import root_message
from contracts.notes import Note
from contracts.tools import Outcome, Receipt
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates
from workflows.steps.tools import OnStop, Tools, Undo

R = TypeVar("R")

UNDOING = Spent(tool_calls=1, steps=1)
"""Set aside with each effect, so that at a limit it can still be undone."""


class Stuck(BaseModel):
    """What a person is told who must undo an effect by hand."""

    effect: str
    what_happened: Any
    why_it_stays: str


@dataclass(frozen=True)
class Done:
    """An effect that happened, and how to take it back."""

    receipt: Receipt[Any]
    undo: Undo[Any]
    reserved: int | None


class Saga:
    """`async with Saga(tools, gates) as saga:` and `saga.use(...)` in it; whatever ends the block early undoes.

    An undo that fails is put before a person (gate `UNDO-STEP-by-hand`). Afterwards `undone` and `left` name the undo
    steps of the effects that were taken back, by the tool or by a person, and of those that stay.
    """

    def __init__(self, tools: Tools, gates: Gates) -> None:
        self._tools, self._gates = tools, gates
        self._progress = tools.progress
        self._done: list[Done] = []
        self.undone: list[str] = []
        self.left: list[str] = []

    async def use(
        self, step: str, tool: Any, argument: Any, summary: str, undo: Callable[[R], Undo[Any]]
    ) -> Receipt[R]:
        """As `Tools.use`. `undo`: from the tool's result, how to take it back.

        What had happened already, with other arguments or in a saga that was undone, is not this one's to undo.
        """
        reserved = await self._set_aside()
        try:
            receipt: Receipt[R] = await self._tools.use(step, tool, argument, summary, OnStop.FIND_OUT)
        except BaseException:
            self._give_back(reserved)
            raise
        if receipt.outcome is Outcome.DONE:
            self._done.append(Done(receipt, undo(receipt.result), reserved))
        else:
            self._give_back(reserved)
        self._progress.switch.raise_if_stopped()
        return receipt

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, GeneratorExit):  # the worker forgets the run; another takes it up
            return
        if error is None:
            for done in self._done:
                self._give_back(done.reserved)
            return
        stuck = [(done, why) for done in reversed(self._done) if (why := await self._undo(done))]
        for done, why in stuck:
            await self._by_hand(done, why)

    async def _undo(self, done: Done) -> str | None:
        """Why it could not be undone."""
        if done.reserved is not None and self._progress.budget:
            self._progress.budget.settle(done.reserved, UNDOING)
        try:
            await self._tools.undo(done.undo, done.receipt.key)
        except (ActivityError, Ended) as error:
            return root_message(error)
        self._took_back(done)
        return None

    async def _by_hand(self, done: Done, why: str) -> None:
        """Never in silence: a person takes it back, or says that it stays."""
        undo, result = done.undo, done.receipt.result.model_dump(mode="json")
        stuck = Stuck(effect=done.receipt.key, what_happened=result, why_it_stays=why)
        question = f"This failed, please do it by hand: {undo.summary}. Has it been done?"
        try:
            happened, by = await self._gates.did_it_happen(f"{undo.step}-by-hand", question, stuck, after_stop=True)
        except Ended as nobody:
            happened, by = False, nobody.reason
        if happened:
            await self._tools.was_undone(undo, done.receipt.key, by)
            self._took_back(done)
            return
        self.left.append(undo.step)
        text = f"{done.receipt.key} stays as it is: {by}"
        self._progress.note(Note(at=workflow.now(), step=undo.step, outcome="not undone", text=text))

    def _took_back(self, done: Done) -> None:
        self.undone.append(done.undo.step)
        self._progress.counts.done[done.undo.step] = None

    async def _set_aside(self) -> int | None:
        budget = self._progress.budget
        return await self._progress.switch.until_stopped(budget.reserve(UNDOING)) if budget else None

    def _give_back(self, reserved: int | None) -> None:
        if reserved is not None and self._progress.budget:
            self._progress.budget.release(reserved)
