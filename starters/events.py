"""Reading single events of a history: their payloads, times and failures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from contracts.errors import error_name, root_message
from runtime.blobs.inlined import put_back

M = TypeVar("M", bound=BaseModel)

_OF_OTHERS = {
    EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
}
"""What was sent to another run is kept for as long as that run is; nothing here reads it."""


class When(TypedDict):
    """The part that all happenings share."""

    at: datetime
    event_id: int


def when(event: HistoryEvent) -> When:
    """When and where in the history."""
    return When(at=moment(event.event_time), event_id=event.event_id)


def moment(stamp: Timestamp) -> datetime:
    """An aware datetime."""
    return stamp.ToDatetime(tzinfo=UTC)


async def whole(event: HistoryEvent, converter: DataConverter, lost: list[str] | None = None) -> HistoryEvent:
    """The event, with what is kept outside history put back into it. `lost`: takes a line for what cannot be had.

    Raises BlobError.
    """
    if event.event_type not in _OF_OTHERS:
        lines = await put_back(event, converter)
        if lost is not None:
            lost += lines
    return event


def lenient(model: type[M], value: Any) -> M | None:
    """`value` as a `model`; None where it is not one, as in a history of another version."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


class Decoder:
    """Reads payloads and failures as the client's converter has them."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter

    def first(self, payloads: Sequence[Payload]) -> Any:
        """The first value as JSON; None where there is none, or where it cannot be read here."""
        try:
            return self._converter.payload_converter.from_payloads(payloads[:1])[0] if payloads else None
        except (KeyError, RuntimeError, ValueError):  # no converter for this encoding; data that is not what it says
            return None

    def summary(self, event: HistoryEvent) -> str | None:
        """The line that the Temporal UI shows for the event."""
        if not event.user_metadata.HasField("summary"):
            return None
        summary = self.first([event.user_metadata.summary])
        return summary if isinstance(summary, str) else None

    def error(self, failure: Failure) -> tuple[str, str | None]:
        """(what a user should read, name of the Signoff error)."""
        error = self._converter.failure_converter.from_failure(failure, self._converter.payload_converter)
        return root_message(error), error_name(error)
