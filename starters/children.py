"""The child workflows of a run in its history: each is told as a call, and charged what its report says."""

from dataclasses import replace

from pydantic import TypeAdapter, ValidationError
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent

from contracts.money import Usd
from starters.charges import Charge
from starters.events import Decoder, when
from starters.happenings import Called, CallState
from starters.words import dig

CHILD = "child workflow"
"""In the place of an activity's name."""

_USD: TypeAdapter[Usd] = TypeAdapter(Usd)


class Children:
    """Puts each child's events together."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._open: dict[int, Called] = {}

    def read(self, event: HistoryEvent) -> Called | None:
        """The child, where the event begins or ends one."""
        match event.event_type:
            case EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
                return self._begun(event)
            case EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:
                done = event.child_workflow_execution_completed_event_attributes
                call = self._ended(event, done.initiated_event_id, CallState.DONE)
                return replace(call, answer=self._decoder.first(done.result.payloads)) if call else None
            case EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:
                failed = event.child_workflow_execution_failed_event_attributes
                return self._ended(event, failed.initiated_event_id, CallState.FAILED, failed.failure)
            case EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:
                cancelled = event.child_workflow_execution_canceled_event_attributes
                return self._ended(event, cancelled.initiated_event_id, CallState.CANCELLED)
            case EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED:
                terminated = event.child_workflow_execution_terminated_event_attributes
                return self._ended(event, terminated.initiated_event_id, CallState.FAILED)
            case EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
                late = event.child_workflow_execution_timed_out_event_attributes
                return self._ended(event, late.initiated_event_id, CallState.TIMED_OUT)
            case _:
                return None

    def _begun(self, event: HistoryEvent) -> Called:
        begun = event.start_child_workflow_execution_initiated_event_attributes
        # Its id is that of its parent, the step, and its name.
        step = begun.workflow_id.split("/")[-2] if begun.workflow_id.count("/") > 1 else begun.workflow_id
        call = Called(
            **when(event),
            call_id=event.event_id,
            step=step,
            activity=CHILD,
            summary=self._decoder.summary(event),
            given=self._decoder.first(begun.input.payloads),
            started_at=when(event)["at"],
            attempt=1,
        )
        self._open[call.call_id] = call
        return call

    def _ended(
        self, event: HistoryEvent, call_id: int, state: CallState, failure: Failure | None = None
    ) -> Called | None:
        if (call := self._open.pop(call_id, None)) is None:
            return None
        error, error_type = self._decoder.error(failure) if failure else (None, None)
        return replace(call, **when(event), state=state, error=error, error_type=error_type)


def child_charge(child: Called, *, over: bool = False) -> Charge | None:
    """What its report says that it spent; all of its share where none came. None while it is under way."""
    if child.state is CallState.PENDING and not over:
        return None
    done = child.state is CallState.DONE
    usd = dig(child.answer, "spent", "usd") if done else dig(child.given, "account", "limits", "usd")
    try:
        return Charge(_USD.validate_python(usd), not done)
    except ValidationError:  # of a process that reports otherwise
        return None
