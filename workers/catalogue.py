"""What a worker runs: every workflow and every activity, and on which task queue."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.effects import EffectsActivities
from activities.llm.service import LlmActivities
from activities.stores.database import Database
from activities.tools.calendar import CalendarActivities
from activities.tools.crm import CrmActivities
from activities.tools.mail import MailActivities
from contracts.catalogue import OUTPUTS
from contracts.llm import Role
from contracts.queues import WORK, llm_queue
from runtime.sandbox import workflow_runner
from runtime.settings import Settings, SettingsError
from workers.interceptors import Guard
from workflows.sales_follow_up import SalesFollowUp

WORKFLOWS: tuple[type, ...] = (SalesFollowUp,)

GRACE = timedelta(seconds=3)
"""How long an activity may go on once the worker was told to end; cancelled then, it is tried again elsewhere."""

Activity = Callable[..., Any]


def activities_by_queue(settings: Settings) -> dict[str, list[Activity]]:
    """Every activity, made ready to run, under the task queue that it is called on."""
    database = Database(settings.database_url)
    llm = LlmActivities(settings, OUTPUTS)
    tools = (CrmActivities(database), CalendarActivities(database), MailActivities(settings, database))
    work = [*(method for tool in (*tools, EffectsActivities(database)) for method in activities_of(tool)), llm.route]
    providers = {model.provider for role in Role for model in settings.route(role)}
    return {WORK: work, **{llm_queue(provider): [llm.ask] for provider in sorted(providers)}}


def activities_of(implementation: object) -> list[Activity]:
    """The decorated methods of an object."""
    methods = (getattr(implementation, name) for name in sorted(dir(implementation)) if not name.startswith("_"))
    return [method for method in methods if hasattr(method, "__temporal_activity_definition")]


def make_workers(client: Client, settings: Settings, queues: Iterable[str] | None = None) -> list[Worker]:
    """One worker for each task queue; all queues unless some are named. Raises SettingsError for an unknown one."""
    offered = activities_by_queue(settings)
    wanted = list(offered if queues is None else queues)
    if unknown := sorted(set(wanted) - set(offered)):
        raise SettingsError(f"no such queue here: {', '.join(unknown)}; there are {', '.join(offered)}")
    return [
        Worker(
            client,
            task_queue=queue,
            activities=offered[queue],
            workflows=WORKFLOWS if queue == WORK else (),
            workflow_runner=workflow_runner(),
            interceptors=[Guard()],
            graceful_shutdown_timeout=GRACE,
        )
        for queue in wanted
    ]
