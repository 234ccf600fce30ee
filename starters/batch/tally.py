"""What became of the rows."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from starters.batch.jobs import Job, Twin
from starters.batch.rows import BadRow

_OVER = timedelta(minutes=1)
"""The rate is that of the last minute: rows that are attached to say nothing about those that are not."""


@dataclass(frozen=True)
class Failed:
    """A run that failed, or was ended from outside."""

    line: int
    workflow_id: str
    error: str


@dataclass
class Tally:
    """Counts of one batch. Of the rows that can start a run, each is settled: it waits for a person, or is over."""

    rows: int = 0
    started: int = 0
    attached: int = 0
    waiting: int = 0
    succeeded: int = 0
    stopped: int = 0
    failed: list[Failed] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    differing: int = 0
    """Runs attached to that were started with another input, which counts."""
    cost_usd: Decimal = Decimal(0)
    worst_case_usd: Decimal = Decimal(0)

    @property
    def settled(self) -> int:
        """Rows that need no more waiting for."""
        return self.waiting + self.succeeded + self.stopped + len(self.failed)

    @property
    def in_flight(self) -> int:
        """Runs that were started and neither wait for a person nor are over."""
        return self.started + self.attached - self.settled

    @property
    def came_through(self) -> bool:
        """Whether nothing is left to mend and give again."""
        return self.settled == self.rows and not self.failed and not self.bad

    def refuse(self, job: Job, why: str) -> BadRow:
        """A row that was thought to be good."""
        self.rows -= 1
        bad = BadRow(job.line, why)
        self.bad.append(bad)
        return bad

    def as_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "rows": self.rows,
            "started": self.started,
            "attached": self.attached,
            "in_flight": self.in_flight,
            "waiting": self.waiting,
            "succeeded": self.succeeded,
            "stopped": self.stopped,
            "failed": len(self.failed),
            "failures": [vars(one) for one in self.failed],
            "bad_rows": [vars(one) for one in self.bad],
            "duplicates": [vars(one) for one in self.twins],
            "cost_usd": float(self.cost_usd),
            "worst_case_usd": float(self.worst_case_usd),
        }


class Pace:
    """How fast rows settle. Times are in seconds of a steady clock."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def rate(self, now: float, settled: int) -> float:
        """Rows a second, over the last minute."""
        self._seen.append((now, settled))
        while now - self._seen[0][0] > _OVER.total_seconds():
            self._seen.popleft()
        since, before = self._seen[0]
        return (settled - before) / (now - since) if now > since else 0.0
