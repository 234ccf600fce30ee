"""What a worker runs: every workflow and every activity, and on which task queue."""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.approvers import ApproversActivities
from activities.conversations import ConversationActivities
from activities.effects import EffectsActivities
from activities.limits import LimitsActivities
from activities.llm.ceilings import Ceilings
from activities.llm.prices import Prices
from activities.llm.service import LlmActivities
from activities.notices import NoticesActivities
from activities.standing import StandingActivities
from activities.stores.database import Database
from activities.tools.bookings import BookingActivities
from activities.tools.calendar import CalendarActivities
from activities.tools.credit import CreditActivities
from activities.tools.crm import CrmActivities
from activities.tools.customers import CustomerActivities
from activities.tools.diagnose import DiagnoseActivities
from activities.tools.files import FileActivities
from activities.tools.http import HttpActivities
from activities.tools.knowledge import KnowledgeActivities
from activities.tools.library import LibraryActivities
from activities.tools.logs import LogActivities
from activities.tools.mail import MailActivities
from activities.tools.reports import ReportActivities
from activities.tools.screening import ScreeningActivities
from activities.tools.tickets import TicketActivities
from activities.tools.transactions import TransactionActivities
from activities.tools.travel import TravelActivities
from activities.transcripts import Transcripts
from contracts.catalogue import OUTPUTS, TOOLS
from contracts.errors import ModelRefused
from contracts.llm import Role
from contracts.queues import WORK, llm_queue
from contracts.tools import ReadTool, tool_name
from runtime.sandbox import workflow_runner
from runtime.sealing.opened import open_vault
from runtime.settings import Settings, SettingsError
from workers.interceptors import Guard
from workers.patience import with_patience
from workflows.best_draft import BestDraft
from workflows.compliance_report import ComplianceReport
from workflows.customer_onboarding import CustomerOnboarding
from workflows.research import Research
from workflows.research_inquiry import ResearchInquiry
from workflows.sales_follow_up import SalesFollowUp
from workflows.standing_approval import StandingApproval
from workflows.travel_booking import TravelBooking
from workflows.troubleshooting import Troubleshooting

WORKFLOWS: tuple[type, ...] = (
    SalesFollowUp,
    BestDraft,
    Troubleshooting,
    Research,
    CustomerOnboarding,
    TravelBooking,
    ComplianceReport,
)
"""The processes."""

BESIDES: tuple[type, ...] = (ResearchInquiry, StandingApproval)
"""What is no process, and serves one, or all of them."""

GRACE = timedelta(seconds=3)
"""How long an activity may go on once the worker was told to end; cancelled then, it is tried again elsewhere."""

HEARD_WITHIN = timedelta(seconds=1)
"""A cancellation reaches an activity in the answer to its heartbeat. The SDK sends one only so often, by default after
four fifths of the heartbeat timeout; every second, a model call that nobody wants any more is paid for no longer than
two."""

MOST_POLLS = 5
"""Open at once for activities, where there are many; else one. Each poll that a frozen worker has open takes an
attempt, which is missed after ten seconds: with five, a run stood still for a minute."""

CALLS_AT_ONCE = 2_500
"""Model calls that one worker has under way; each of them only waits. The provider's rate is kept by its queue."""

TASKS_AT_ONCE = 10
"""Workflow tasks share one core (Python's lock), and each new run's first takes some 40 ms of it: of the SDK's usual
100 at once each takes so long that the server gives it up after ten seconds, and it is done again."""

STICKS_FOR = timedelta(seconds=5)
"""A run's next task is offered first to the worker that has the run in its memory; one that is dead lets it lie for so
long. A busy one, too: of 200 runs that begin at once, some 7 % of the tasks go to whoever replays the run."""

Activity = Callable[..., Any]


def activities_by_queue(settings: Settings, at_end: AsyncExitStack | None = None) -> dict[str, list[Activity]]:
    """Every activity, made ready to run, under the task queue that it is called on. `at_end` closes what they open."""
    # Each with connections of its own: many calls that wait for a ceiling must not keep a claim from being renewed.
    database, spending = Database(settings.database_url, open_vault(settings)), Database(settings.database_url)
    prices, ceilings = Prices(settings.limits.prices), Ceilings(settings, spending)
    transcripts = Transcripts(database)
    llm = LlmActivities(settings, OUTPUTS, prices=prices, ceilings=ceilings, transcripts=transcripts)
    http, notices = HttpActivities(settings, database), NoticesActivities(settings)
    diagnose = DiagnoseActivities(settings)
    if at_end is not None:
        at_end.callback(database.close)
        at_end.callback(spending.close)
        at_end.push_async_callback(llm.close)
        at_end.push_async_callback(http.close)
        at_end.push_async_callback(diagnose.close)
        at_end.push_async_callback(notices.close)
    tools = (
        BookingActivities(database),
        CalendarActivities(database),
        CreditActivities(database),
        CrmActivities(database),
        CustomerActivities(database),
        diagnose,
        FileActivities(settings),
        http,
        KnowledgeActivities(settings),
        LibraryActivities(settings),
        LogActivities(database),
        MailActivities(settings, database),
        ReportActivities(settings, database),
        ScreeningActivities(settings),
        TicketActivities(database),
        TransactionActivities(settings),
        TravelActivities(database),
    )
    check_policies(tools)
    others = (
        *tools,
        ApproversActivities(settings),
        ConversationActivities(transcripts, readers_of(tools)),
        EffectsActivities(database),
        LimitsActivities(settings),
        notices,
        StandingActivities(settings.approvers_file),
    )
    work: list[Activity] = [*(method for other in others for method in activities_of(other)), llm.route, llm.quote]
    providers = {model.provider for role in Role for model in settings.route(role)}
    return {WORK: work, **{llm_queue(provider): [llm.ask] for provider in sorted(providers)}}


def activities_of(implementation: object) -> list[Activity]:
    """The decorated methods of an object."""
    methods = (getattr(implementation, name) for name in sorted(dir(implementation)) if not name.startswith("_"))
    return [method for method in methods if hasattr(method, "__temporal_activity_definition")]


def readers_of(tools: Iterable[object]) -> dict[str, Activity]:
    """The tools that only read, by name."""
    names = {tool_name(tool) for tool in TOOLS if isinstance(tool, ReadTool)}
    methods: list[Any] = [method for tool in tools for method in activities_of(tool)]
    return {name: one for one in methods if (name := one.__temporal_activity_definition.name) in names}


def check_policies(tools: Iterable[object]) -> None:
    """Raise SettingsError for a tool whose policy nobody has written down."""
    declared = {tool_name(tool): tool for tool in TOOLS}
    methods: list[Any] = [method for tool in tools for method in activities_of(tool)]
    for name in (method.__temporal_activity_definition.name for method in methods):
        if name not in declared:
            raise SettingsError(f"the tool {name} has no policy: declare it as a tool, and in contracts/catalogue.py")
        if declared[name].at_most < 1:
            raise SettingsError(f"the tool {name} may never be used: its at_most is {declared[name].at_most}")


def unpriced(settings: Settings) -> list[str]:
    """What to do about each model of a route that no price is known for: a line each."""
    prices, problems = Prices(settings.limits.prices), []
    for model in dict.fromkeys(model for role in Role for model in settings.route(role)):
        try:
            prices.worst_usd(model, 1, 1)
        except ModelRefused as refused:
            problems.append(refused.message)
    return problems


def make_workers(
    client: Client, settings: Settings, queues: Iterable[str] | None = None, at_end: AsyncExitStack | None = None
) -> list[Worker]:
    """One worker for each task queue; all queues unless some are named. Raises SettingsError for an unknown one.

    `at_end` closes, after the workers that are entered into it, what their activities have opened.
    """
    offered = activities_by_queue(settings, at_end)
    wanted = list(offered if queues is None else queues)
    if unknown := sorted(set(wanted) - set(offered)):
        raise SettingsError(f"no such queue here: {', '.join(unknown)}; there are {', '.join(offered)}")
    rates = {llm_queue(provider): rate for provider, rate in settings.limits.rates.items()}
    return [
        with_patience(
            Worker(
                client,
                task_queue=queue,
                activities=offered[queue],
                workflows=(*WORKFLOWS, *BESIDES) if queue == WORK else (),
                workflow_runner=workflow_runner(),
                interceptors=[Guard()],
                graceful_shutdown_timeout=GRACE,
                max_heartbeat_throttle_interval=HEARD_WITHIN,
                max_concurrent_workflow_tasks=TASKS_AT_ONCE,
                activity_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=1, maximum=MOST_POLLS),
                max_concurrent_activities=None if queue == WORK else CALLS_AT_ONCE,
                sticky_queue_schedule_to_start_timeout=STICKS_FOR,
                # Kept by the server, for all workers of the queue together.
                max_task_queue_activities_per_second=rates.get(queue),
            )
        )
        for queue in wanted
    ]
