"""Asking models as runs do that began before there were budgets: their histories hold these calls, and no others."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from contracts.errors import ModelRefused, ModelUnavailable, error_name, root_message
from contracts.llm import Answer, Ask, LlmPort, ModelRef, Retry, Route, Verdict
from contracts.queues import llm_queue
from workflows.steps.blanks import Blank
from workflows.steps.progress import Progress
from workflows.steps.tools import HEARTBEAT


async def answer_before_budgets(progress: Progress, blank: Blank[Any], route: Route) -> Answer:
    """The first model's answer, asked again once where it did not fit; the next model's on an outage.

    Raises Ended (stopped), ModelUnavailable (no model of the route answered anything).
    """
    silent: list[str] = []
    declined: Answer | None = None
    for model in route.models:
        try:
            answer = await _ask_twice(progress, blank, model)
        except ActivityError as error:
            silent.append(f"{model}: {_silence(error)}")
            continue
        if answer.verdict is not Verdict.DECLINED:
            return answer
        declined = answer
    if declined is not None:
        return declined
    why = "; ".join(silent)
    raise ModelUnavailable(f"no model answered: {why}: mend it or SIGNOFF_MODELS, then start a new occasion")


async def _ask_twice(progress: Progress, blank: Blank[Any], model: ModelRef) -> Answer:
    answer = await _ask(progress, blank, model, None)
    if answer.verdict in (Verdict.FITS, Verdict.DECLINED):
        return answer
    try:
        return await _ask(progress, blank, model, Retry(reply=answer.reply, problems=answer.problems))
    except ActivityError as error:
        _silence(error)
        return answer


async def _ask(progress: Progress, blank: Blank[Any], model: ModelRef, retry: Retry | None) -> Answer:
    ask = Ask(
        step=blank.step,
        prompt=blank.prompt,
        variables=blank.variables,
        contract=blank.contract.name,
        facts=blank.facts.model_dump(mode="json"),
        model=model,
        retry=retry,
        nth=0 if retry is None else 1,
    )
    call = workflow.start_activity_method(
        LlmPort.ask,
        ask,
        activity_id=progress.begin(blank.step),
        task_queue=llm_queue(model.provider),
        summary=blank.summary if retry is None else f"{blank.summary}, again, with what was wrong",
        start_to_close_timeout=timedelta(minutes=10),
        schedule_to_start_timeout=timedelta(hours=24),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(maximum_attempts=6, maximum_interval=timedelta(minutes=1)),
    )
    answer = await progress.switch.until_stopped(call)
    progress.cost_before_budgets += answer.cost_usd or Decimal(0)
    return answer


def _silence(error: ActivityError) -> str:
    """Why a model gave no answer; anything else is raised again."""
    if error_name(error) not in (None, ModelUnavailable.__name__, ModelRefused.__name__):
        raise error
    return root_message(error)
