"""Reading a run's history. It needs no worker, and survives activities and fields that it has never heard of."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType as E
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import PayloadConverter

from contracts.gates import Card
from contracts.notes import Note
from contracts.visibility import MEMO_GATES, MEMO_NOTE, SIGNOFF_PHASE, Phase
from starters.happenings import (
    Began,
    Called,
    CallState,
    Ended,
    Happening,
    Noted,
    RunStatus,
    Sender,
    Stuck,
    TimerSet,
)

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

LOCAL_ACTIVITY = "core_local_activity"
"""Name of the SDK's marker for a local activity; its details are `data` (about the call) and `result`."""

_CARDS: TypeAdapter[tuple[Card, ...]] = TypeAdapter(tuple[Card, ...])


def lenient(model: type[M], value: Any) -> M | None:
    """`value` as a `model`; None where it is not one, as in a history of another version."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


class HistoryReader:
    """Turns events, given in their order, into happenings."""

    def __init__(self, converter: PayloadConverter) -> None:
        self._converter = converter
        self._calls: dict[int, Called] = {}
        self._senders: dict[int | str, Sender] = {}
        """By a signal's event id, or an update's id: what the events that a message caused refer to."""
        self._phase: str | None = None
        self._readers: dict[E.ValueType, Callable[[HistoryEvent], Happening | None]] = {
            E.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: self._began,
            E.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: self._scheduled,
            E.EVENT_TYPE_ACTIVITY_TASK_STARTED: self._started,
            E.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: self._completed,
            E.EVENT_TYPE_ACTIVITY_TASK_FAILED: self._failed,
            E.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: self._timed_out,
            E.EVENT_TYPE_ACTIVITY_TASK_CANCELED: self._cancelled,
            E.EVENT_TYPE_MARKER_RECORDED: self._marker,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: self._signalled,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: self._updated,
            E.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED: self._noted,
            E.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: self._attributes,
            E.EVENT_TYPE_TIMER_STARTED: self._timer,
            E.EVENT_TYPE_WORKFLOW_TASK_FAILED: self._stuck,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: self._ended_well,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: self._ended_badly,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: self._ended_cancelled,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: self._ended_terminated,
            E.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: self._ended_late,
        }

    def read(self, event: HistoryEvent) -> Happening | None:
        """What the event tells; None for the many that are Temporal's own business."""
        reader = self._readers.get(event.event_type)
        return reader(event) if reader else None

    def _began(self, event: HistoryEvent) -> Happening:
        started = event.workflow_execution_started_event_attributes
        return Began(**_when(event), workflow_type=started.workflow_type.name, request=self._first(started.input.payloads))

    def _scheduled(self, event: HistoryEvent) -> Happening:
        scheduled = event.activity_task_scheduled_event_attributes
        call = Called(
            **_when(event),
            call_id=event.event_id,
            step=scheduled.activity_id,
            activity=scheduled.activity_type.name,
            summary=self._summary(event),
            given=self._first(scheduled.input.payloads),
        )
        self._calls[call.call_id] = call
        return call

    def _started(self, event: HistoryEvent) -> None:
        # Written when the call ends, with the number of its last attempt.
        started = event.activity_task_started_event_attributes
        if call := self._calls.get(started.scheduled_event_id):
            at = _time(event.event_time)
            self._calls[call.call_id] = replace(call, started_at=at, attempt=started.attempt)

    def _completed(self, event: HistoryEvent) -> Happening | None:
        completed = event.activity_task_completed_event_attributes
        answer = self._first(completed.result.payloads)
        return self._close(event, completed.scheduled_event_id, CallState.DONE, answer=answer)

    def _failed(self, event: HistoryEvent) -> Happening | None:
        failed = event.activity_task_failed_event_attributes
        return self._close(event, failed.scheduled_event_id, CallState.FAILED, failed.failure)

    def _timed_out(self, event: HistoryEvent) -> Happening | None:
        late = event.activity_task_timed_out_event_attributes
        return self._close(event, late.scheduled_event_id, CallState.TIMED_OUT, late.failure)

    def _cancelled(self, event: HistoryEvent) -> Happening | None:
        return self._close(
            event, event.activity_task_canceled_event_attributes.scheduled_event_id, CallState.CANCELLED
        )

    def _close(
        self, event: HistoryEvent, call_id: int, state: CallState, failure: Failure | None = None, answer: Any = None
    ) -> Happening | None:
        call = self._calls.pop(call_id, None)
        if call is None:
            return None
        error, error_type = (_message(failure), _type(failure)) if failure else (None, None)
        return replace(call, **_when(event), state=state, answer=answer, error=error, error_type=error_type)

    def _marker(self, event: HistoryEvent) -> Happening | None:
        marker = event.marker_recorded_event_attributes
        about = self._first(marker.details["data"].payloads) if "data" in marker.details else None
        if marker.marker_name != LOCAL_ACTIVITY or not isinstance(about, dict):
            return None
        failed = marker.HasField("failure")
        activity = str(about.get("activity_type"))
        step = str(about.get("activity_id"))
        return Called(
            **_when(event),
            call_id=event.event_id,
            # Left alone, the SDK counts them; a number says less than what was called.
            step=activity if step.isdigit() else step,
            activity=activity,
            summary=self._summary(event),
            given=None,
            state=CallState.FAILED if failed else CallState.DONE,
            attempt=int(about.get("attempt") or 1),
            answer=self._first(marker.details["result"].payloads) if "result" in marker.details else None,
            error=_message(marker.failure) if failed else None,
            error_type=_type(marker.failure) if failed else None,
        )

    def _signalled(self, event: HistoryEvent) -> None:
        signal = event.workflow_execution_signaled_event_attributes
        self._senders[event.event_id] = Sender(signal.identity, self._first(signal.input.payloads))

    def _updated(self, event: HistoryEvent) -> None:
        request = event.workflow_execution_update_accepted_event_attributes.accepted_request
        message = self._first(request.input.args.payloads)
        self._senders[request.meta.update_id] = Sender(request.meta.identity, message)

    def _noted(self, event: HistoryEvent) -> Happening | None:
        fields = event.workflow_properties_modified_event_attributes.upserted_memo.fields
        note = lenient(Note, self._first([fields[MEMO_NOTE]])) if MEMO_NOTE in fields else None
        gates = self._cards(fields[MEMO_GATES]) if MEMO_GATES in fields else None
        return Noted(**_when(event), note=note, gates=gates, sender=self._sender(event))

    def _cards(self, payload: Payload) -> tuple[Card, ...] | None:
        try:
            return _CARDS.validate_python(self._first([payload]))
        except ValidationError:
            return None

    def _sender(self, event: HistoryEvent) -> Sender | None:
        """Commands made in a message's handler name the message; the server keeps that with the event."""
        for marker in event.event_group_markers:
            cause = marker.inbound_event.inbound_event_id or marker.inbound_update.inbound_update_id
            if cause in self._senders:
                return self._senders[cause]
        return None

    def _attributes(self, event: HistoryEvent) -> None:
        fields = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
        if SIGNOFF_PHASE.name in fields:
            self._phase = self._first([fields[SIGNOFF_PHASE.name]])

    def _timer(self, event: HistoryEvent) -> Happening:
        wait = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        fires_at = _time(event.event_time) + wait
        return TimerSet(**_when(event), fires_at=fires_at, summary=self._summary(event))

    def _stuck(self, event: HistoryEvent) -> Happening | None:
        failure = event.workflow_task_failed_event_attributes.failure
        # A reset is written as a failed task, too, and says nothing of a worker.
        return None if failure.HasField("reset_workflow_failure_info") else Stuck(**_when(event), reason=_message(failure))

    def _ended_well(self, event: HistoryEvent) -> Happening:
        result = self._first(event.workflow_execution_completed_event_attributes.result.payloads)
        status = RunStatus.STOPPED if self._phase == Phase.STOPPED else RunStatus.COMPLETED
        return Ended(**_when(event), status=status, result=result)

    def _ended_badly(self, event: HistoryEvent) -> Happening:
        failure = event.workflow_execution_failed_event_attributes.failure
        return Ended(**_when(event), status=RunStatus.FAILED, error=_message(failure))

    def _ended_cancelled(self, event: HistoryEvent) -> Happening:
        return Ended(**_when(event), status=RunStatus.CANCELLED)

    def _ended_terminated(self, event: HistoryEvent) -> Happening:
        reason = event.workflow_execution_terminated_event_attributes.reason
        return Ended(**_when(event), status=RunStatus.TERMINATED, error=reason or None)

    def _ended_late(self, event: HistoryEvent) -> Happening:
        return Ended(**_when(event), status=RunStatus.TIMED_OUT)

    def _summary(self, event: HistoryEvent) -> str | None:
        summary = self._first([event.user_metadata.summary]) if event.user_metadata.HasField("summary") else None
        return summary if isinstance(summary, str) else None

    def _first(self, payloads: Sequence[Payload]) -> Any:
        """The first value as JSON; None where there is none, or where it cannot be read here."""
        if not payloads:
            return None
        try:
            return self._converter.from_payloads(payloads[:1])[0]
        except (KeyError, RuntimeError, ValueError):  # an encoding without a converter, data that is not what it says
            return None
