"""The calls of activities in a history: each is spread over several events, and over one marker where it was local."""

from dataclasses import replace
from datetime import datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent

from starters.events import Decoder, moment, when
from starters.happenings import Called, CallState

LOCAL_ACTIVITY = "core_local_activity"
"""Name of the SDK's marker for a local activity; its details are `data` (about the call) and `result`."""


class Calls:
    """Puts calls together, event by event."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._open: dict[int, Called] = {}
        self._task_began: datetime | None = None

    def read(self, event: HistoryEvent) -> Called | None:
        """The call, where the event begins or ends one."""
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                return self._scheduled(event)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                self._started(event)
                return None
            case EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
                self._task_began = moment(event.event_time)
                return None
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                completed = event.activity_task_completed_event_attributes
                call = self._ended(event, completed.scheduled_event_id, CallState.DONE)
                return replace(call, answer=self._decoder.first(completed.result.payloads)) if call else None
            case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                failed = event.activity_task_failed_event_attributes
                return self._ended(event, failed.scheduled_event_id, CallState.FAILED, failed.failure)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
                late = event.activity_task_timed_out_event_attributes
                return self._ended(event, late.scheduled_event_id, CallState.TIMED_OUT, late.failure)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
                cancelled = event.activity_task_canceled_event_attributes
                return self._ended(event, cancelled.scheduled_event_id, CallState.CANCELLED)
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                return self._local(event)
            case _:
                return None

    def _scheduled(self, event: HistoryEvent) -> Called:
        scheduled = event.activity_task_scheduled_event_attributes
        call = Called(
            **when(event),
            call_id=event.event_id,
            step=scheduled.activity_id,
            activity=scheduled.activity_type.name,
            summary=self._decoder.summary(event),
            given=self._decoder.first(scheduled.input.payloads),
        )
        self._open[call.call_id] = call
        return call

    def _started(self, event: HistoryEvent) -> None:
        # The server writes it together with the call's end, for the last attempt.
        started = event.activity_task_started_event_attributes
        if call := self._open.get(started.scheduled_event_id):
            at = moment(event.event_time)
            self._open[call.call_id] = replace(call, started_at=at, attempt=started.attempt)

    def _ended(
        self, event: HistoryEvent, call_id: int, state: CallState, failure: Failure | None = None
    ) -> Called | None:
        call = self._open.pop(call_id, None)
        if call is None:
            return None
        error, error_type = self._decoder.error(failure) if failure else (None, None)
        return replace(call, **when(event), state=state, error=error, error_type=error_type)

    def _local(self, event: HistoryEvent) -> Called | None:
        marker = event.marker_recorded_event_attributes
        about, answer = (
            self._decoder.first(marker.details[name].payloads) if name in marker.details else None
            for name in ("data", "result")
        )
        if marker.marker_name != LOCAL_ACTIVITY or not isinstance(about, dict):
            return None
        failed = marker.HasField("failure")
        error, error_type = self._decoder.error(marker.failure) if failed else (None, None)
        step, activity = str(about.get("activity_id")), str(about.get("activity_type"))
        return Called(
            **when(event),
            call_id=event.event_id,
            # Without an id of its own it has a number; what was called says more.
            step=activity if step.isdigit() else step,
            activity=activity,
            summary=self._decoder.summary(event),
            given=None,
            state=CallState.FAILED if failed else CallState.DONE,
            # It ran within the workflow task; when exactly it began is not recorded.
            started_at=self._task_began or moment(event.event_time),
            attempt=about.get("attempt", 1),
            answer=answer,
            error=error,
            error_type=error_type,
        )
