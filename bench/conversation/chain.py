"""What a conversation left in the server: its runs, and where each turn began; and the arithmetic on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

IsCall = Callable[[HistoryEvent], bool]
"""Whether a turn's model call was scheduled by this event."""


@dataclass(frozen=True)
class Mark:
    """Where a turn's model call was scheduled; all that came before it in the conversation is counted."""

    at: float
    """In seconds since 1970, by the server's clock."""
    history_bytes: int
    events: int


@dataclass(frozen=True)
class Run:
    """One of the runs that continue each other, as `describe` has it."""

    run_id: str
    status: str
    history_bytes: int
    events: int


@dataclass(frozen=True)
class Conversation:
    """A conversation: one run, or several where it continued as new."""

    runs: tuple[Run, ...]
    marks: tuple[Mark, ...]
    """One for each turn, and one for the last reply."""
    failure: str = ""
    """What the server says of the last workflow task that failed, if one did."""

    @property
    def turns(self) -> int:
        """Whole turns: from one model call to the next."""
        return max(0, len(self.marks) - 1)

    @property
    def history_bytes(self) -> int:
        """Of all its runs."""
        return sum(run.history_bytes for run in self.runs)

    @property
    def events(self) -> int:
        """Of all its runs."""
        return sum(run.events for run in self.runs)

    @property
    def seconds(self) -> list[float]:
        """Of each turn."""
        return [after.at - before.at for before, after in pairwise(self.marks)]

    @property
    def bytes(self) -> list[int]:
        """Of each turn."""
        return [after.history_bytes - before.history_bytes for before, after in pairwise(self.marks)]

    def bytes_at(self, turn: int) -> int | None:
        """History so far, after so many turns; None where it has fewer."""
        return self.marks[turn].history_bytes if turn < len(self.marks) else None


def ratio(values: Sequence[float]) -> float:
    """The mean of the last tenth over that of the first; a tenth is one value at least."""
    tenth = max(1, len(values) // 10)
    first, last = sum(values[:tenth]), sum(values[-tenth:])
    return last / first if first else float("nan")


def tens(values: Sequence[float]) -> list[float]:
    """The means of ten values each; what is over at the end is left out, unless it is all there is."""
    groups = [values[at : at + 10] for at in range(0, max(10, len(values) - len(values) % 10), 10)]
    return [sum(group) / len(group) for group in groups if group]


def summary(conversation: Conversation) -> dict[str, float]:
    """The five figures of a conversation."""
    turns = conversation.turns
    return {
        "turns": turns,
        "history_bytes": conversation.history_bytes,
        "bytes_ratio": round(ratio(conversation.bytes), 3),
        "time_ratio": round(ratio(conversation.seconds), 3),
        "events_per_turn": round(conversation.events / max(1, turns), 2),
    }


class Reader:
    """Adds up the events of one run after the other."""

    def __init__(self, is_call: IsCall) -> None:
        self._is_call = is_call
        self._bytes = self._events = 0
        self.marks: list[Mark] = []
        self.goes_on: str | None = None
        """The run that follows, where the last one continued as new."""
        self.failure = ""

    def begin(self) -> None:
        """A new run."""
        self.goes_on = None

    def take(self, event: HistoryEvent) -> None:
        """The run's next event."""
        if self._is_call(event):
            self.marks.append(Mark(event.event_time.ToNanoseconds() / 1e9, self._bytes, self._events))
        self._bytes += event.ByteSize()
        self._events += 1
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
            self.goes_on = event.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            self.failure = event.workflow_task_failed_event_attributes.failure.message
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
            self.failure = event.workflow_execution_terminated_event_attributes.reason


async def read(client: Client, workflow_id: str, first_run: str, is_call: IsCall) -> Conversation:
    """All that there is of a conversation, over or not."""
    reader, runs, run_id = Reader(is_call), list[Run](), first_run
    while True:
        handle = client.get_workflow_handle(workflow_id, run_id=run_id)
        reader.begin()
        async for event in handle.fetch_history_events():
            reader.take(event)
        found = await handle.describe()
        info = found.raw_description.workflow_execution_info
        status = found.status.name if found.status else "UNKNOWN"
        runs.append(Run(run_id, status, info.history_size_bytes, info.history_length))
        if reader.goes_on is None:
            return Conversation(tuple(runs), tuple(reader.marks), reader.failure)
        run_id = reader.goes_on
