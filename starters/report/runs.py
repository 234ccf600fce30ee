"""One run, as a report counts it: its model calls, its cost, its working time, and how it ended."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from starters.happenings import Called, CallState, Ended, Happening, WentBack
from starters.report.calls import Calls, counted
from starters.words import ASK, dig, model_name, rung_of

Span = tuple[datetime, datetime]


class Way(NamedTuple):
    """How a model was asked."""

    model: str
    rung: str


class Story:
    """Collects what the runs of one id did, oldest first: one that was reset and the one that went on are one story."""

    def __init__(self) -> None:
        self.ways: defaultdict[Way, Calls] = defaultdict(Calls)
        self.end: Ended | None = None
        """Of the newest run; None while it is under way."""
        self._spans: list[Span] = []
        self._run_ids: set[str] = set()

    @property
    def cost_usd(self) -> Decimal:
        """Of its model calls, those that were lost at their worst case."""
        return sum((calls.cost_usd for calls in self.ways.values()), Decimal(0))

    @property
    def working_time(self) -> timedelta:
        """How long its steps ran, each in its last attempt; parallel ones count once."""
        return covered(self._spans)

    def reading(self, run_id: str) -> "RunReader":
        """Collects one more run, newer than those before; `take` it when it is read."""
        reader = RunReader(frozenset(self._run_ids))
        self._run_ids.add(run_id)
        return reader

    def take(self, run: "RunReader") -> None:
        """Add what was read."""
        for way, calls in run.all_calls():
            self.ways[way].add(calls)
        self._spans += run.spans
        self.end = run.end


class RunReader:
    """What one history holds. `known`: runs that have been read; what is a copy of theirs is not counted again."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._open: dict[int, Called] = {}
        self._counted: list[tuple[Way, Calls]] = []
        self.spans: list[Span] = []
        self.end: Ended | None = None

    def add(self, happening: Happening) -> None:
        """One more happening, in their order."""
        match happening:
            case Called():
                self._add_call(happening)
            case WentBack(base_run_id=base) if base in self._known:
                self._counted, self.spans = [], []
            case Ended():
                self.end = happening

    def all_calls(self) -> list[tuple[Way, Calls]]:
        """Its model calls; of one that has ended also those that it never heard of again."""
        return [*self._counted, *(one for call in self._open.values() for one in _count(call, over=bool(self.end)))]

    def _add_call(self, call: Called) -> None:
        if call.state is CallState.PENDING:
            if call.activity == ASK:
                self._open[call.call_id] = call
            return
        self._open.pop(call.call_id, None)
        if call.activity == ASK:
            self._counted += _count(call)
        if call.started_at:
            self.spans.append((call.started_at, call.at))


def _count(call: Called, *, over: bool = False) -> list[tuple[Way, Calls]]:
    found = counted(call, over=over)
    return [(Way(model_name(dig(call.given, "model")), rung_of(call)), found)] if found else []


def covered(spans: Iterable[Span]) -> timedelta:
    """The time that at least one of the spans covers."""
    total, reached = timedelta(0), datetime.min.replace(tzinfo=UTC)
    for start, end in sorted(spans):
        total += max(end - max(start, reached), timedelta(0))
        reached = max(end, reached)
    return total
