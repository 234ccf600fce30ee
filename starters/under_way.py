"""Calls that are under way, as the server describes them: what history does not tell before they have ended."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from temporalio.api.workflow.v1 import PendingActivityInfo

from starters.events import Decoder, moment
from starters.happenings import Arriving, Called, CallState, Happening, Retrying
from starters.words import dig

TELL_EVERY = timedelta(seconds=5)
"""How far a reply is need not be told more often."""


class UnderWay:
    """Remembers which calls are under way, and what has been told of them."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._open: dict[str, Called] = {}
        self._attempts: dict[int, int] = {}
        self._arrived: dict[int, tuple[int, datetime]] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to ask the server about."""
        return bool(self._open)

    def note(self, happening: Happening) -> None:
        """A call began or ended."""
        match happening:
            case Called(state=CallState.PENDING, step=step):
                self._open[step] = happening
            case Called(step=step):
                self._open.pop(step, None)

    def news(self, pending: Iterable[PendingActivityInfo], now: datetime) -> Iterator[Happening]:
        """What has not been told yet."""
        for found in pending:
            if call := self._open.get(found.activity_id):
                yield from self._retry(call, found, now)
                yield from self._progress(call, found, now)

    def _retry(self, call: Called, found: PendingActivityInfo, now: datetime) -> Iterator[Retrying]:
        if found.attempt <= self._attempts.get(call.call_id, 1):
            return
        self._attempts[call.call_id] = found.attempt
        next_at = moment(found.next_attempt_schedule_time) if found.HasField("next_attempt_schedule_time") else None
        yield Retrying(
            at=now,
            event_id=call.call_id,
            step=call.step,
            attempt=found.attempt,
            next_at=next_at if next_at and next_at > now else None,
            reason=self._decoder.error(found.last_failure)[0] if found.HasField("last_failure") else "no answer",
        )

    def _progress(self, call: Called, found: PendingActivityInfo, now: datetime) -> Iterator[Arriving]:
        count = dig(self._decoder.first(found.heartbeat_details.payloads), "characters")
        before, told_at = self._arrived.get(call.call_id, (0, datetime.min.replace(tzinfo=UTC)))
        if not isinstance(count, int) or count == before or now - told_at < TELL_EVERY:
            return
        self._arrived[call.call_id] = (count, now)
        yield Arriving(at=now, event_id=call.call_id, step=call.step, characters=count)
