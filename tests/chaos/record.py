"""What a run left behind, and what its history says of it."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from temporalio.client import WorkflowHandle

from contracts.delegation import Report
from contracts.llm import Answer, Ask
from tests.chaos.points import Reached

Handle = WorkflowHandle[Any, Any]


@dataclass
class Seen:
    """What came of it."""

    results: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    questions: list[str] = field(default_factory=list)
    replies: set[int] = field(default_factory=set)
    """Numbers of the model calls whose replies stand in history."""
    points: list[Reached] = field(default_factory=list)
    fault_done: bool = False


async def read_history(handle: Handle, result: dict[str, Any] | None, seen: Seen) -> None:
    """The replies that were recorded; and whether the result says what they cost."""
    asked: dict[int, Ask] = {}
    spent = Decimal(0)
    async for event in handle.fetch_history_events():
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "llm.ask":
            asked[event.event_id] = ask = Ask.model_validate_json(scheduled.input.payloads[0].data)
            spent += ask.reserved_usd or 0
        completed = event.activity_task_completed_event_attributes
        if ask_of := asked.get(completed.scheduled_event_id):
            answer = Answer.model_validate_json(completed.result.payloads[0].data)
            seen.replies.add(int(answer.request_id or 0))
            spent += (answer.cost_usd or 0) - (ask_of.reserved_usd or 0)
        child = event.child_workflow_execution_completed_event_attributes
        if child.result.payloads:
            spent += Report[Any].model_validate_json(child.result.payloads[0].data).spent.usd
    if result and abs(Decimal(str(result.get("cost_usd", spent))) - spent) > Decimal("1e-9"):
        seen.problems.append(f"the result says {result['cost_usd']} USD, the record {spent}")
