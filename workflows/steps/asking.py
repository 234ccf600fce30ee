"""One call of one model: quoted, reserved, asked, settled. What may have been billed is charged, come what may."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, TimeoutError, TimeoutType

from contracts.budgets import Limit, Spent
from contracts.errors import ModelRefused, ModelUnavailable, error_name, root_message
from contracts.lean import lean
from contracts.llm import Answer, Ask, LlmPort, ModelRef, Quote, QuoteRequest, Retry, Rung
from contracts.notes import Note
from contracts.queues import llm_queue
from contracts.transcript import bytes_of
from workflows.steps.blanks import Blank
from workflows.steps.budget import RunBudget, at_limit
from workflows.steps.ended import Ended
from workflows.steps.progress import Progress
from workflows.steps.switch import call_off
from workflows.steps.talk import Talk
from workflows.steps.tools import HEARTBEAT

LONGEST_CALL = timedelta(minutes=10)

PRICED_BY = 32_768
"""Bytes. A turn's price is that of the next multiple."""

MOST_QUOTES = 4
"""That a conversation remembers: it grows, so older ones are seldom wanted again."""

RETRIES = RetryPolicy(
    maximum_attempts=6,
    maximum_interval=timedelta(minutes=1),
    # A lost attempt may have been billed: the run charges it and reserves anew before it asks again.
    non_retryable_error_types=["TemporalTimeout:StartToClose", "TemporalTimeout:Heartbeat"],
)


@dataclass(frozen=True)
class Question:
    """How a model is asked this time."""

    model: ModelRef
    rung: Rung
    max_tokens: int
    retry: Retry | None = None


@dataclass(frozen=True)
class Silence:
    """No reply. `down`: asking again later may help; otherwise this model will never answer."""

    why: str
    down: bool


@dataclass(frozen=True)
class Lost:
    """The worker died or the reply did not end in time; it was charged at its worst case."""

    why: str


class Asker:
    """Makes the calls of a run that has a budget."""

    def __init__(self, progress: Progress, budget: RunBudget) -> None:
        self._progress = progress
        self._budget = budget

    async def ask(self, blank: Blank[Any], question: Question) -> tuple[Answer | Lost | Silence, Quote | None]:
        """What came of the call, and what it was quoted at. Raises Ended (stopped, or at a limit)."""
        activity_id = self._progress.begin(blank.step)
        ask = self._formulated(blank, question, f"{workflow.info().run_id}/{activity_id}")
        try:
            if blank.talk:
                quote = await self._price_of_a_turn(ask, blank, blank.talk)
            else:
                quote = await self._quoted(ask, activity_id)
        except ActivityError as error:
            return _silence(error), None
        blank.allows(quote)
        most = Spent(usd=quote.usd, model_calls=1)
        number = await self._reserved(most)
        free = blank.talk and not quote.usd
        ask = ask.model_copy(update={"reserved_usd": None if free else quote.usd, "max_tokens": quote.max_tokens})
        with self._budget.busy():
            return await self._made(ask, number, activity_id, blank.summary + _AS[question.rung]), quote

    def affords(self, quote: Quote) -> bool:
        """Whether a call at such a price fits what is left."""
        return self._budget.affords(Spent(usd=quote.usd, model_calls=1))

    async def _reserved(self, most: Spent) -> int:
        """The worst case, set aside. A branch that is called off as it is given its share gives it back."""
        reserving = asyncio.ensure_future(self._budget.reserve(most))
        try:
            return await self._progress.switch.until_stopped(reserving)
        except (Ended, asyncio.CancelledError):
            if reserving.done() and not reserving.cancelled() and not reserving.exception():
                self._budget.release(reserving.result())
            raise

    def _formulated(self, blank: Blank[Any], question: Question, key: str) -> Ask:
        counts, before = self._progress.counts.asked, f"{blank.step} {question.model}"
        counts[before] += 1
        if blank.talk:
            turn = Ask(
                step=blank.step,
                model=question.model,
                max_tokens=question.max_tokens,
                retry=question.retry,
                rung=question.rung,
                nth=counts[before] - 1,
                repair=blank.repair,
                head=blank.talk.head,
                said=() if blank.shorten else tuple(blank.talk.said),
                shorten=blank.shorten,
            )
            return lean(turn)
        return Ask(
            step=blank.step,
            prompt=blank.prompt,
            variables=blank.variables,
            contract=blank.contract.name,
            facts=blank.facts.model_dump(mode="json"),
            model=question.model,
            max_tokens=question.max_tokens,
            retry=question.retry,
            rung=question.rung,
            nth=counts[before] - 1,
            repair=blank.repair,
            scratchpad=blank.scratchpad,
            spend_key=key,
        )

    async def _price_of_a_turn(self, ask: Ask, blank: Blank[Any], talk: Talk) -> Quote:
        """The worst case of a turn, for its size rounded up, so that it is asked for once in many turns."""
        tokens = -(-_most_bytes(ask, talk) // PRICED_BY) * PRICED_BY
        key = f"{ask.model} {ask.max_tokens} {tokens} {blank.contract.name}"
        if key not in talk.quotes:
            if len(talk.quotes) == MOST_QUOTES:
                talk.quotes.clear()
            asked = Ask(step=ask.step, model=ask.model, max_tokens=ask.max_tokens, contract=blank.contract.name)
            talk.quotes[key] = await self._progress.chain.journal.local(
                LlmPort.quote,
                QuoteRequest(ask=asked, process=self._progress.process.name, tokens=tokens),
                activity_id=self._progress.begin(ask.step, of="quote"),
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(maximum_attempts=20, maximum_interval=timedelta(minutes=1)),
            )
        talk.window = max(talk.window, talk.quotes[key].window or 0)
        return talk.quotes[key]

    async def _quoted(self, ask: Ask, activity_id: str) -> Quote:
        """The call's worst case. A ceiling of the fleet that is met is waited for, and the run says so."""
        tenant = self._progress.request.tenant if self._progress.request else None
        request = QuoteRequest(ask=ask, process=self._progress.process.name, tenant=tenant)
        while True:
            quote = await self._progress.chain.journal.local(
                LlmPort.quote,
                request,
                activity_id=f"{activity_id}-quote",
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(maximum_attempts=20, maximum_interval=timedelta(minutes=1)),
                summary=f"What asking {ask.model} can cost",
            )
            if quote.wait_s is None:
                return quote
            await self.wait(ask.step, timedelta(seconds=quote.wait_s), quote.why or "a ceiling is met")

    async def wait(self, step: str, wanted: timedelta, why: str) -> None:
        """Wait for something outside, at most until the run has been idle for too long. Raises Ended."""
        length = max(timedelta(seconds=1), min(wanted, self._progress.idle_left()))
        until = workflow.now() + length
        text = f"{why}; goes on at {until:%Y-%m-%d %H:%M:%S} UTC"
        self._progress.note(Note(at=workflow.now(), step=step, outcome="waiting", text=text))
        await self._progress.pause(length, why[:200])

    async def _made(self, ask: Ask, number: int, activity_id: str, summary: str) -> Answer | Lost | Silence:
        """Make the call, and settle its reservation whatever happens."""
        began, longest = workflow.now(), min(LONGEST_CALL, self._budget.working_left())
        idle = self._progress.idle_left()
        call = self._progress.chain.journal.start(
            LlmPort.ask,
            ask,
            activity_id=activity_id,
            task_queue=llm_queue(ask.model.provider),
            summary=summary,
            start_to_close_timeout=longest,
            schedule_to_start_timeout=idle,
            # An attempt may be put off by hours: by a ceiling that is met, or by the provider.
            schedule_to_close_timeout=idle + longest,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRIES,
            priority=self._priority(),
        )
        try:
            answer = await self._progress.switch.until_stopped(call)
        except ActivityError as error:
            return self._failed(error, number, began, longest)
        except (Ended, asyncio.CancelledError):
            self._charge(number, await _came_all_the_same(call))
            raise
        if not answer.model.provider:  # a turn leaves out what its ask says
            answer = answer.model_copy(update={"model": ask.model})
        self._charge(number, answer)
        self._budget.worked(min(timedelta(seconds=answer.duration_s), workflow.now() - began))
        self._budget.progressed()
        return answer

    def _charge(self, number: int, answer: Answer | None) -> None:
        if answer is None or answer.cost_usd is None:
            self._budget.lose(number)
        else:
            self._budget.settle(number, Spent(usd=answer.cost_usd, model_calls=1))

    def _failed(self, error: ActivityError, number: int, began: datetime, longest: timedelta) -> Lost | Silence:
        """A call without an answer: charged unless the error says that nothing was billed."""
        if isinstance(error.cause, TimeoutError):
            match error.cause.type:
                case TimeoutType.SCHEDULE_TO_START:
                    self._budget.release(number)
                    raise at_limit(Limit.IDLE_TIME, self._budget.limits)
                case TimeoutType.START_TO_CLOSE:
                    self._budget.worked(min(longest, workflow.now() - began))
            self._budget.lose(number)
            return Lost("the worker that made the call was lost, or the reply did not end in time")
        if error_name(error) in (ModelUnavailable.__name__, ModelRefused.__name__):
            self._budget.release(number)
        else:
            self._budget.lose(number)
        return _silence(error)

    def _priority(self) -> Priority:
        """Tenants share a provider's queue fairly."""
        tenant = self._progress.request.tenant if self._progress.request else None
        return Priority(fairness_key=tenant) if tenant else Priority.default


def _most_bytes(ask: Ask, talk: Talk) -> int:
    """That the model can be shown. Between messages stand blank lines; a summary is asked for with all of them in one
    message, each under a heading, and with tags in them quoted."""
    around = talk.size // 2 + 4_000 if ask.shorten else talk.size // 16
    again = sum(map(bytes_of, (ask.retry.reply, *ask.retry.problems))) + 500 if ask.retry else 0
    return talk.size + around + again


async def _came_all_the_same(call: workflow.ActivityHandle[Answer]) -> Answer | None:
    """Give the call up. Its answer may have come in the same moment."""
    await call_off(call)
    try:
        return await call
    except (ActivityError, asyncio.CancelledError):
        return None


def _silence(error: ActivityError) -> Silence:
    """Why a model gave no answer; anything else is raised again."""
    match error_name(error):
        case ModelUnavailable.__name__:
            return Silence(root_message(error), down=True)
        case ModelRefused.__name__:
            return Silence(root_message(error), down=False)
        case _:
            raise error


_AS = {
    Rung.NATIVE: "",
    Rung.TOOL: ", as a tool call",
    Rung.REASK: ", again, with what was wrong",
    Rung.SCHEMA: ", with the schema in the prompt",
    Rung.XML: ", as XML",
}
"""What the Temporal UI's line says of a rung."""
