"""Asking a model to fill in a step: one recorded call a rung, and an end that code decides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from contracts.errors import ModelRefused, ModelUnavailable, error_name, root_message
from contracts.llm import Answer, Ask, LlmPort, ModelRef, Retry, Role, Route, RouteRequest, Verdict
from contracts.notes import Note
from contracts.outputs import OutputContract
from contracts.queues import llm_queue
from workflows.steps.progress import Progress
from workflows.steps.tools import HEARTBEAT

T = TypeVar("T", bound=BaseModel)

TEMPLATE = "template"
"""Who wrote it, when code did."""


@dataclass(frozen=True)
class Blank(Generic[T]):
    """What a model is asked to fill in, what the reply is held against, and what code writes where no reply fits."""

    step: str
    summary: str
    prompt: str
    variables: dict[str, str]
    contract: OutputContract[T, Any]
    facts: BaseModel
    otherwise: Callable[[], T]
    role: Role = Role.DEFAULT


@dataclass(frozen=True)
class Filled(Generic[T]):
    """A value that fits its contract. `by` is the model's name, or `template`."""

    value: T
    by: str


class Llm:
    """The run's models."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._routes: dict[Role, Route] = {}

    async def fill(self, blank: Blank[T]) -> Filled[T]:
        """Ask the route's first model that answers; re-ask it once with the problems; else code's own version.

        Raises Ended (stopped), ModelUnavailable (no model of the route answered anything).
        """
        silent: list[str] = []
        declined: Answer | None = None
        for model in (await self._route(blank.role)).models:
            try:
                answer = await self._ask_twice(blank, model)
            except ActivityError as error:
                silent.append(f"{model}: {_silence(error)}")
                continue
            if answer.verdict is Verdict.FITS:
                return Filled(blank.contract.value.model_validate(answer.value), answer.response_model or str(model))
            if answer.verdict is not Verdict.DECLINED:
                return self._otherwise(blank, answer)
            declined = answer
        if declined is not None:
            return self._otherwise(blank, declined)
        why = "; ".join(silent)
        raise ModelUnavailable(f"no model answered: {why}: mend it or SIGNOFF_MODELS, then start a new occasion")

    async def _ask_twice(self, blank: Blank[T], model: ModelRef) -> Answer:
        answer = await self._ask(blank, model, None)
        if answer.verdict in (Verdict.FITS, Verdict.DECLINED):
            return answer
        try:
            return await self._ask(blank, model, Retry(reply=answer.reply, problems=answer.problems))
        except ActivityError as error:
            _silence(error)
            return answer

    async def _ask(self, blank: Blank[T], model: ModelRef, retry: Retry | None) -> Answer:
        ask = Ask(
            step=blank.step,
            prompt=blank.prompt,
            variables=blank.variables,
            contract=blank.contract.name,
            facts=blank.facts.model_dump(mode="json"),
            model=model,
            retry=retry,
        )
        call = workflow.start_activity_method(
            LlmPort.ask,
            ask,
            activity_id=self.progress.begin(blank.step),
            task_queue=llm_queue(model.provider),
            summary=blank.summary if retry is None else f"{blank.summary}, again, with what was wrong",
            start_to_close_timeout=timedelta(minutes=10),
            # A route is recorded; should no worker serve its queue any more, the next model is asked in the end.
            schedule_to_start_timeout=timedelta(hours=24),
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RetryPolicy(maximum_attempts=6, maximum_interval=timedelta(minutes=1)),
        )
        answer = await self.progress.until_stopped(call)
        self.progress.cost_usd += answer.cost_usd or Decimal(0)
        return answer

    async def _route(self, role: Role) -> Route:
        """Recorded once a run, so that a change of the settings reaches new runs only."""
        if role not in self._routes:
            self._routes[role] = await workflow.execute_local_activity_method(
                LlmPort.route,
                RouteRequest(role=role),
                activity_id=self.progress.begin("choose-models"),
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=6),
                summary=f"Which models stand on the {role} route",
            )
        return self._routes[role]

    def _otherwise(self, blank: Blank[T], answer: Answer) -> Filled[T]:
        why = "; ".join(answer.problems)[:1000]
        self.progress.note(
            Note(
                at=workflow.now(), step=blank.step, outcome=TEMPLATE, text=f"took the place of {answer.model}'s: {why}"
            )
        )
        return Filled(blank.otherwise(), TEMPLATE)


def _silence(error: ActivityError) -> str:
    """Why a model gave no answer; anything else is raised again."""
    if error_name(error) not in (None, ModelUnavailable.__name__, ModelRefused.__name__):
        raise error
    return root_message(error)
