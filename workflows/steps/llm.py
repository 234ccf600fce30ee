"""Asking models to fill in a step: one recorded call a rung, model after model, and an end that code decides."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, assert_never

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy

from contracts.llm import Answer, LlmPort, ModelRef, Quote, Retry, Role, Route, RouteRequest, Rung, Verdict
from contracts.notes import Note
from workflows.steps.asking import Asker, Lost, Question, Silence
from workflows.steps.before_budgets import answer_before_budgets
from workflows.steps.blanks import TEMPLATE, Blank, Filled
from workflows.steps.gates import Gates
from workflows.steps.progress import Progress

T = TypeVar("T", bound=BaseModel)

LOST_REPLIES = 3
"""After so many replies of one model that broke off, the next model is asked."""

REFUSALS = 2
"""After so many refusals of one model, the next one is asked."""

FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=10)
"""Between two rounds through a route of which no model can be reached; doubled each time, and half of it by chance, so
that runs which were turned away together do not come back together."""


@dataclass(frozen=True)
class Tried:
    """How one model was left: its last whole answer; `down`: it billed nothing, and may answer later."""

    model: ModelRef
    why: str
    answer: Answer | None = None
    down: bool = False


class Llm:
    """The run's models."""

    def __init__(self, progress: Progress, gates: Gates) -> None:
        self.progress = progress
        self._gates = gates
        self._routes: dict[Role, asyncio.Future[Route]] = {}
        self._asker: Asker | None = None

    async def fill(self, blank: Blank[T]) -> Filled[T]:
        """Climb the ladder: the rungs of each model of the route, then code's own version, else a person.

        Raises Ended (stopped, or at a limit, or the person did not answer).
        """
        with self.progress.step(blank.step):
            route = await self._route(blank.role)
            if self.progress.budget is None:
                return self._taken(blank, await answer_before_budgets(self.progress, blank, route))
            self._asker = self._asker or Asker(self.progress, self.progress.budget)
            return await self._filled(blank, route, self._asker)

    async def _filled(self, blank: Blank[T], route: Route, asker: Asker) -> Filled[T]:
        wait = FIRST_WAIT
        while True:
            tried: list[Tried] = []
            for model in route.models:
                tried.append(left := await Climb(asker, blank, model).run())
                if left.answer and left.answer.verdict is Verdict.FITS:
                    return self._taken(blank, left.answer)
            if any(left.answer for left in tried) or not any(left.down for left in tried):
                return await self._otherwise(blank, tried)
            some = wait * workflow.random().uniform(0.5, 1)
            await asker.wait(blank.step, some, f"no model answered: {_reasons(tried)}")
            wait = min(wait * 2, LONGEST_WAIT)

    async def ready(self, role: Role) -> None:
        """Have the route of a role, so that a conversation begins with it."""
        await self._route(role)

    def _taken(self, blank: Blank[T], answer: Answer) -> Filled[T]:
        if answer.verdict is Verdict.FITS:
            if blank.talk and answer.head:
                blank.talk.answered(answer.head)
            return Filled(_as_checked(blank.contract.value, answer), answer.response_model or str(answer.model))
        why = "; ".join(answer.problems)[:1000]
        return self._by_code(blank, f"took the place of {answer.model}'s: {why}")

    async def _otherwise(self, blank: Blank[T], tried: Sequence[Tried]) -> Filled[T]:
        """No model's reply can be used."""
        if blank.otherwise is not None:
            return self._by_code(blank, f"took the place of a model's: {_reasons(tried)}"[:1000])
        replies = [left.answer.reply for left in tried if left.answer]
        return await self._gates.fill_in(blank, _reasons(tried), replies[-1] if replies else "")

    def _by_code(self, blank: Blank[T], why: str) -> Filled[T]:
        assert blank.otherwise
        self.progress.note(Note(at=workflow.now(), step=blank.step, outcome=TEMPLATE, text=why))
        return Filled(blank.otherwise(), TEMPLATE)

    async def _route(self, role: Role) -> Route:
        """Recorded once a run, so that a change of the settings reaches new runs only."""
        if role not in self._routes:
            # Branches that come at once wait for the first one's answer.
            self._routes[role] = asyncio.ensure_future(self._read_route(role))
        return await asyncio.shield(self._routes[role])

    async def _read_route(self, role: Role) -> Route:
        return await self.progress.chain.journal.local(
            LlmPort.route,
            RouteRequest(role=role),
            activity_id=self.progress.begin("choose-models"),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_attempts=6),
            summary=f"Which models stand on the {role} route",
        )


class Climb:
    """One model's way up the ladder."""

    def __init__(self, asker: Asker, blank: Blank[Any], model: ModelRef) -> None:
        self._asker, self._blank, self._model = asker, blank, model
        self._rungs = list(blank.rungs)
        self._tokens = blank.max_tokens
        self._last: Answer | None = None
        self._retry: Retry | None = None
        self._lost = 0
        self._refusals = 0

    async def run(self) -> Tried:
        """Rung after rung until a reply fits, none is left, or the model is not to be had."""
        while self._rungs:
            question = Question(self._model, self._rungs[0], self._tokens, self._retry)
            came, quote = await self._asker.ask(self._blank, question)
            match came:
                case Silence(why, down):
                    return Tried(self._model, why, self._last, down)
                case Lost(why):
                    if left := await self._broke_off(why):
                        return left
                case Answer(verdict=Verdict.CUT):
                    if left := await self._broke_off("; ".join(came.problems)):
                        return left
                case Answer():
                    self._last = came
                    if came.verdict is Verdict.FITS:
                        break
                    self._judge(came, quote)
                case _:
                    assert_never(came)
        return Tried(self._model, "; ".join(self._last.problems) if self._last else "", self._last)

    async def _broke_off(self, why: str) -> Tried | None:
        """The same again, after a while. Each one is paid for, so a model that always breaks off is not waited for."""
        self._lost += 1
        if self._lost == LOST_REPLIES:
            return Tried(self._model, why, self._last)
        wait = timedelta(seconds=2**self._lost)
        await self._asker.wait(self._blank.step, wait, f"{self._model} broke off: {why}")
        return None

    def _judge(self, answer: Answer, quote: Quote | None) -> None:
        """Which rung comes next."""
        if answer.verdict is Verdict.DECLINED:
            # No malformed reply: there is nothing to be mended in it, so nothing of it is shown again.
            self._refusals += 1
            self._go_on(self._rungs[1:] if self._refusals < REFUSALS else [])
            return
        self._retry = Retry(reply=answer.reply, problems=answer.problems)
        if answer.verdict is Verdict.OUT_OF_ROOM and self._more_room(quote):
            return
        # Another form cannot mend what a reply of the right form says.
        self._go_on([r for r in self._rungs[1:] if r is Rung.REASK] if answer.form_fits else self._rungs[1:])

    def _more_room(self, quote: Quote | None) -> bool:
        """Once, the same rung with twice the tokens, where model and budget allow it."""
        if quote is None or self._tokens > self._blank.max_tokens or quote.most_tokens <= quote.max_tokens:
            return False
        wider = quote.model_copy(update={"usd": quote.usd * 2})
        if not self._asker.affords(wider):
            return False
        self._tokens = min(2 * quote.max_tokens, quote.most_tokens)
        return True

    def _go_on(self, rungs: list[Rung]) -> None:
        self._rungs = [rung for rung in rungs if rung is not Rung.REASK or self._retry]


def _as_checked(contract: type[T], answer: Answer) -> T:
    """The value, from the JSON that the worker has checked: a strict type takes a date or a Decimal from JSON only."""
    return contract.model_validate_json(json.dumps(answer.value), by_alias=True, by_name=True)


def _reasons(tried: Sequence[Tried]) -> str:
    return "; ".join(f"{left.model}: {left.why}" for left in tried)[:1000]
