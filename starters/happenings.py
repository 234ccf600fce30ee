"""What happened in a run, in Signoff's words: what a history's events come down to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.gates import Card
from contracts.notes import Note


class RunStatus(StrEnum):
    """How a run stands. Temporal knows `stopped` as completed: the run ended by itself, with a partial result."""

    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"
    TIMED_OUT = "timed_out"


class CallState(StrEnum):
    """How a call of an activity stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that an event of the history tells."""

    at: datetime
    event_id: int


@dataclass(frozen=True, kw_only=True)
class Began(Happening):
    """The run was started, or (`goes_on`) goes on from another of its id. `request` is its input as JSON."""

    workflow_type: str
    request: Any
    goes_on: bool = False


@dataclass(frozen=True, kw_only=True)
class Called(Happening):
    """A call of an activity, when it was scheduled and again when it ended; `call_id` tells which call it is.

    `step` is the activity's id, with a number from the step's second call on. `given` and `answer` are JSON.
    """

    call_id: int
    step: str
    activity: str
    summary: str | None
    given: Any
    state: CallState = CallState.PENDING
    started_at: datetime | None = None
    attempt: int = 0
    answer: Any = None
    error: str | None = None
    error_type: str | None = None


@dataclass(frozen=True)
class Sender:
    """Who sent the message behind a note, as Temporal knows it, and the message itself as JSON."""

    identity: str
    message: Any
    event_id: int = 0


@dataclass(frozen=True, kw_only=True)
class Noted(Happening):
    """A note in the memo, and the gates that were open from then on; either may be missing."""

    note: Note | None
    gates: tuple[Card, ...] | None
    sender: Sender | None


@dataclass(frozen=True, kw_only=True)
class TimerSet(Happening):
    """The run began to wait for a time."""

    fires_at: datetime
    summary: str | None


@dataclass(frozen=True, kw_only=True)
class Stuck(Happening):
    """A worker could not go on with the run; Temporal holds it until one can."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class WentBack(Happening):
    """The run was reset: what history holds up to here is a copy of that run's, which has ended."""

    base_run_id: str


@dataclass(frozen=True, kw_only=True)
class WentOn(Happening):
    """The run goes on in a new one of the same id, where it stood."""

    run_id: str


@dataclass(frozen=True, kw_only=True)
class Retrying(Happening):
    """A call that is under way failed and is tried again: the server tells, before history does."""

    step: str
    attempt: int
    """Of the try to come, or under way."""
    next_at: datetime | None
    """None where it is under way."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class Arriving(Happening):
    """A model's reply is on its way: so many characters have come."""

    step: str
    characters: int


@dataclass(frozen=True, kw_only=True)
class Ended(Happening):
    """The run is over."""

    status: RunStatus
    result: Any = None
    error: str | None = None
