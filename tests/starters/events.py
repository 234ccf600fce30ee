"""Histories made by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import ActivityType, Memo, Payload, Payloads, SearchAttributes, WorkflowType
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure, ResetWorkflowFailureInfo, TimeoutFailureInfo
from temporalio.api.history.v1 import HistoryEvent, MarkerRecordedEventAttributes
from temporalio.api.update.v1 import Input, Meta, Request

BEGAN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
GATE = {
    "gate": "review-email",
    "kind": "approval",
    "question": "Send this mail to Zoë?",
    "digest": "d" * 64,
    "deadline": "2026-11-23T10:00:00Z",
    "opened_at": "2026-11-21T10:00:00Z",
}
ASK = {"step": "draft-email", "model": {"provider": "local", "model": ""}}
ANSWER = {
    "verdict": "fits",
    "value": {},
    "reply": "{}",
    "prompt": [],
    "prompt_version": "0123456789ab",
    "model": {"provider": "local"},
    "response_model": "SmolLM2",
    "usage": {"input_tokens": 500, "output_tokens": 80},
    "cost_usd": "0.0012",
    "duration_s": 4.5,
}
ACT = {"key": "sales-follow-up/lead-007/today/send-email", "digest": "d" * 64, "argument": {}}
RECEIPT = {
    "key": ACT["key"],
    "digest": "d" * 64,
    "outcome": "done",
    "result": {"message_id": "<1@signoff>", "to": "zoe@example.com"},
}


def payload(value: Any) -> Payload:
    """As the client's converter writes it."""
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())


def failure(message: str, type: str = "") -> Failure:
    """What an activity that raised an application error leaves."""
    return Failure(message=message, application_failure_info=ApplicationFailureInfo(type=type))


class History:
    """Events, one second apart."""

    def __init__(self, process: str = "SalesFollowUp", request: Any = None) -> None:
        self.events: list[HistoryEvent] = []
        started = self.add("WORKFLOW_EXECUTION_STARTED").workflow_execution_started_event_attributes
        started.workflow_type.CopyFrom(WorkflowType(name=process))
        started.input.payloads.append(payload({"lead_id": "lead-007", "by": "bob"} if request is None else request))

    def add(self, name: str) -> HistoryEvent:
        """One more event."""
        number = len(self.events) + 1
        event = HistoryEvent(event_id=number, event_type=EventType.Value(f"EVENT_TYPE_{name}"))
        event.event_time.FromDatetime(BEGAN + timedelta(seconds=number))
        self.events.append(event)
        return event

    def scheduled(self, step: str, activity: str, given: Any = None, summary: str | None = None) -> int:
        """A call begins; its id."""
        event = self.add("ACTIVITY_TASK_SCHEDULED")
        attributes = event.activity_task_scheduled_event_attributes
        attributes.activity_id = step
        attributes.activity_type.CopyFrom(ActivityType(name=activity))
        attributes.input.payloads.append(payload(given))
        if summary:
            event.user_metadata.summary.CopyFrom(payload(summary))
        return event.event_id

    def began(self, call: int, attempt: int = 1) -> None:
        """A worker took it."""
        started = self.add("ACTIVITY_TASK_STARTED").activity_task_started_event_attributes
        started.scheduled_event_id, started.attempt = call, attempt

    def called(self, step: str, activity: str, given: Any, answer: Any) -> None:
        """A call that came back."""
        call = self.scheduled(step, activity, given)
        self.began(call)
        done = self.add("ACTIVITY_TASK_COMPLETED").activity_task_completed_event_attributes
        done.scheduled_event_id = call
        done.result.payloads.append(payload(answer))

    def failed(self, step: str, activity: str, given: Any, message: str, type: str, attempt: int = 1) -> None:
        """A call that failed for good, at that attempt."""
        call = self.scheduled(step, activity, given)
        self.began(call, attempt)
        done = self.add("ACTIVITY_TASK_FAILED").activity_task_failed_event_attributes
        done.scheduled_event_id = call
        done.failure.CopyFrom(failure(message, type))

    def timed_out(self, step: str, activity: str, given: Any, *, taken: bool) -> None:
        """A call that a worker never finished, or (not `taken`) that none took."""
        call = self.scheduled(step, activity, given)
        if taken:
            self.began(call)
        done = self.add("ACTIVITY_TASK_TIMED_OUT").activity_task_timed_out_event_attributes
        done.scheduled_event_id = call
        done.failure.CopyFrom(Failure(message="activity timed out", timeout_failure_info=TimeoutFailureInfo()))

    def cancelled(self, step: str, activity: str, given: Any, *, taken: bool) -> None:
        """A call that was given up, after a worker took it or before."""
        call = self.scheduled(step, activity, given)
        if taken:
            self.began(call)
        self.add("ACTIVITY_TASK_CANCELED").activity_task_canceled_event_attributes.scheduled_event_id = call

    def local(self, activity: str, answer: Any, activity_id: str, summary: str | None = None) -> None:
        """A local activity's marker."""
        self._marker(activity, activity_id).details["result"].CopyFrom(Payloads(payloads=[payload(answer)]))
        if summary:
            self.events[-1].user_metadata.summary.CopyFrom(payload(summary))

    def local_failed(self, activity: str, message: str, type: str, activity_id: str) -> None:
        """The marker of a local activity that failed for good."""
        self._marker(activity, activity_id).failure.CopyFrom(failure(message, type))

    def _marker(self, activity: str, activity_id: str) -> MarkerRecordedEventAttributes:
        marker = self.add("MARKER_RECORDED").marker_recorded_event_attributes
        marker.marker_name = "core_local_activity"
        about = {"activity_id": activity_id, "activity_type": activity, "attempt": 1}
        marker.details["data"].CopyFrom(Payloads(payloads=[payload(about)]))
        return marker

    def signalled(self, name: str, message: Any, identity: str) -> int:
        """A signal; its event id."""
        event = self.add("WORKFLOW_EXECUTION_SIGNALED")
        signal = event.workflow_execution_signaled_event_attributes
        signal.signal_name, signal.identity = name, identity
        signal.input.payloads.append(payload(message))
        return event.event_id

    def updated(self, update_id: str, message: Any, identity: str) -> None:
        """An accepted update."""
        accepted = self.add("WORKFLOW_EXECUTION_UPDATE_ACCEPTED").workflow_execution_update_accepted_event_attributes
        accepted.accepted_request.CopyFrom(
            Request(
                meta=Meta(update_id=update_id, identity=identity),
                input=Input(name="decide", args=Payloads(payloads=[payload(message)])),
            )
        )

    def noted(self, note: Any = None, gates: Any = None, cause: int | str | None = None, task: int = 0) -> None:
        """A memo update; `cause`: the signal's event id, or the update's id, in whose handler it was made."""
        event = self.add("WORKFLOW_PROPERTIES_MODIFIED")
        event.workflow_properties_modified_event_attributes.workflow_task_completed_event_id = task
        values = {"note": note, "gates": gates}
        memo = Memo(fields={name: payload(value) for name, value in values.items() if value is not None})
        event.workflow_properties_modified_event_attributes.upserted_memo.CopyFrom(memo)
        if isinstance(cause, int):
            event.event_group_markers.add().inbound_event.inbound_event_id = cause
        elif cause is not None:
            event.event_group_markers.add().inbound_update.inbound_update_id = cause

    def phase(self, phase: str) -> None:
        """A search attribute update."""
        attributes = SearchAttributes(indexed_fields={"SignoffPhase": payload(phase)})
        event = self.add("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
        event.upsert_workflow_search_attributes_event_attributes.search_attributes.CopyFrom(attributes)

    def timer(self, wait: timedelta, summary: str, task: int = 0) -> None:
        """A timer begins; `task`: the workflow task that set it."""
        event = self.add("TIMER_STARTED")
        event.timer_started_event_attributes.workflow_task_completed_event_id = task
        event.timer_started_event_attributes.start_to_fire_timeout.FromTimedelta(wait)
        event.user_metadata.summary.CopyFrom(payload(summary))

    def stuck(self, message: str) -> None:
        """A workflow task that failed."""
        self.add("WORKFLOW_TASK_FAILED").workflow_task_failed_event_attributes.failure.CopyFrom(failure(message))

    def reset(self, base_run_id: str = "") -> None:
        """What `temporal workflow reset` leaves at the point where a run goes on anew."""
        event = self.add("WORKFLOW_TASK_FAILED").workflow_task_failed_event_attributes
        event.base_run_id = base_run_id
        event.failure.CopyFrom(Failure(message="reset", reset_workflow_failure_info=ResetWorkflowFailureInfo()))

    def completed(self, result: Any) -> None:
        """The end."""
        self.add("WORKFLOW_EXECUTION_COMPLETED").workflow_execution_completed_event_attributes.result.payloads.append(
            payload(result)
        )

    def failed_run(self, message: str) -> None:
        """A bad end."""
        self.add("WORKFLOW_EXECUTION_FAILED").workflow_execution_failed_event_attributes.failure.CopyFrom(
            failure(message, "NotFound")
        )

    def terminated(self, reason: str) -> None:
        """An abrupt end."""
        self.add("WORKFLOW_EXECUTION_TERMINATED").workflow_execution_terminated_event_attributes.reason = reason


def note(**fields: Any) -> dict[str, Any]:
    """A note's JSON."""
    return {"at": "2026-11-21T10:05:00Z", **fields}
