"""Reading a run's history. It needs no worker, and survives activities and fields that it has never heard of."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from contracts.gates import Card
from contracts.notes import Note
from contracts.visibility import MEMO_GATES, MEMO_NOTE, SIGNOFF_PHASE, Phase
from starters.calls import Calls
from starters.children import Children
from starters.events import Decoder, lenient, moment, when
from starters.happenings import Began, Ended, Happening, Noted, RunStatus, Sender, Stuck, TimerSet, WentBack, WentOn
from starters.messages import Message, read_message

WAITING = "waiting"
"""Outcome of a note that says what a run waits for, and until when."""

_CARDS: TypeAdapter[tuple[Card, ...]] = TypeAdapter(tuple[Card, ...])


class HistoryReader:
    """Turns events, given in their order, into happenings."""

    def __init__(self, converter: DataConverter) -> None:
        self._decoder = Decoder(converter)
        self._calls = Calls(self._decoder)
        self._children = Children(self._decoder)
        self.messages: dict[int | str, Message] = {}
        """By a signal's event id, or an update's id: what the events that a message caused refer to."""
        self._phase: Any = None
        self._waits_for_people = False
        self._explained = 0
        """The workflow task whose wait a note tells of, so that its timer need not be told as well."""

    def read(self, event: HistoryEvent) -> Happening | None:
        """What the event tells; None for the many that are Temporal's own business."""
        self._remember(event)
        return self._calls.read(event) or self._children.read(event) or self._told(event) or self._ended(event)

    def _remember(self, event: HistoryEvent) -> None:
        """What later events refer to."""
        if message := read_message(event, self._decoder):
            self.messages[message.event_id if message.id is None else message.id] = message
        elif event.event_type == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            upserted = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
            if SIGNOFF_PHASE.name in upserted:
                self._phase = self._decoder.first([upserted[SIGNOFF_PHASE.name]])

    def _told(self, event: HistoryEvent) -> Happening | None:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                started = event.workflow_execution_started_event_attributes
                request = self._decoder.first(started.input.payloads)
                goes_on = bool(started.continued_execution_run_id)
                return Began(**when(event), workflow_type=started.workflow_type.name, request=request, goes_on=goes_on)
            case EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
                return self._noted(event)
            # A gate's timers remind and expire: the gate itself has been told.
            case EventType.EVENT_TYPE_TIMER_STARTED if not self._waits_for_people:
                return self._timer(event)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
                went = event.workflow_execution_continued_as_new_event_attributes
                return WentOn(**when(event), run_id=went.new_execution_run_id)
            case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                failed = event.workflow_task_failed_event_attributes
                # A reset is written as a failed task, too, and says nothing about a worker.
                if failed.failure.HasField("reset_workflow_failure_info"):
                    return WentBack(**when(event), base_run_id=failed.base_run_id)
                return Stuck(**when(event), reason=self._decoder.error(failed.failure)[0])
            case _:
                return None

    def _timer(self, event: HistoryEvent) -> TimerSet | None:
        timer = event.timer_started_event_attributes
        if timer.workflow_task_completed_event_id == self._explained != 0:
            return None
        fires_at = moment(event.event_time) + timer.start_to_fire_timeout.ToTimedelta()
        return TimerSet(**when(event), fires_at=fires_at, summary=self._decoder.summary(event))

    def _noted(self, event: HistoryEvent) -> Noted:
        modified = event.workflow_properties_modified_event_attributes
        fields = modified.upserted_memo.fields
        note = lenient(Note, self._decoder.first([fields[MEMO_NOTE]])) if MEMO_NOTE in fields else None
        gates = self._cards(fields[MEMO_GATES]) if MEMO_GATES in fields else None
        self._waits_for_people = bool(gates) if gates is not None else self._waits_for_people
        if note and note.outcome == WAITING:
            self._explained = modified.workflow_task_completed_event_id
        return Noted(**when(event), note=note, gates=gates, sender=self._sender(event))

    def _cards(self, payload: Payload) -> tuple[Card, ...] | None:
        try:
            return _CARDS.validate_python(self._decoder.first([payload]))
        except ValidationError:
            return None

    def _sender(self, event: HistoryEvent) -> Sender | None:
        """The server keeps, with each event that a message's handler caused, which message it was."""
        for marker in event.event_group_markers:
            cause = marker.inbound_event.inbound_event_id or marker.inbound_update.inbound_update_id
            if found := self.messages.get(cause):
                return Sender(found.identity, found.body, found.event_id)
        return None

    def _ended(self, event: HistoryEvent) -> Ended | None:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
                result = self._decoder.first(event.workflow_execution_completed_event_attributes.result.payloads)
                status = RunStatus.STOPPED if self._phase == Phase.STOPPED else RunStatus.COMPLETED
                return Ended(**when(event), status=status, result=result)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
                failure = event.workflow_execution_failed_event_attributes.failure
                return Ended(**when(event), status=RunStatus.FAILED, error=self._decoder.error(failure)[0])
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
                return Ended(**when(event), status=RunStatus.CANCELLED)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
                reason = event.workflow_execution_terminated_event_attributes.reason
                return Ended(**when(event), status=RunStatus.TERMINATED, error=reason or None)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
                return Ended(**when(event), status=RunStatus.TIMED_OUT)
            case _:
                return None
