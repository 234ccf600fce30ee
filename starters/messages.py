"""The messages that people sent to a run, as its history has them."""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from contracts.gates import DECISION, Decision
from starters.events import Decoder, moment

UPDATE = "decide"


class Message(NamedTuple):
    """One message. `identity`: its sender's, as Temporal knows it; `body` is JSON; `id` is an update's own."""

    event_id: int
    at: datetime
    name: str
    """Of the signal or the update."""
    identity: str
    body: Any
    id: str | None = None

    def decision(self) -> Decision | None:
        """What it decides; None where it can be no decision."""
        body = self.body
        if self.name != UPDATE and isinstance(body, dict):
            body = {"verdict": self.name, **body}
        try:
            return DECISION.validate_python(body)
        except ValidationError:
            return None


def read_message(event: HistoryEvent, decoder: Decoder) -> Message | None:
    """The message, where the event is one."""
    at, number = moment(event.event_time), event.event_id
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            signal = event.workflow_execution_signaled_event_attributes
            return Message(number, at, signal.signal_name, signal.identity, decoder.first(signal.input.payloads))
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            request = event.workflow_execution_update_accepted_event_attributes.accepted_request
            body = decoder.first(request.input.args.payloads)
            return Message(number, at, request.input.name, request.meta.identity, body, request.meta.update_id)
        case _:
            return None
