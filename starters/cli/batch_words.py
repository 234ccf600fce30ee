"""What `signoff batch` says: what it may cost, how far it is, and what became of it."""

import asyncio
import sys
import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from contracts.processes import Process
from starters.batch.tally import Pace, Tally
from starters.cli.output import console
from starters.words import money

_EVERY_S = 1.0
_LINE_EVERY_S = 10.0
"""Where there is no terminal, so that a log stays readable."""


def worst_case(process: Process, tally: Tally) -> str:
    """Before anything is started."""
    runs = f"{tally.rows:,} run{'s' if tally.rows != 1 else ''}"
    each = f"{tally.worst_case_usd / tally.rows:,.2f} each on average"
    return f"{process.name}: {runs}, at most {tally.worst_case_usd:,.2f} USD ({each}; --budget sets it)"


def progress_words(tally: Tally, rate: float) -> str:
    """How far it is."""
    left = tally.rows - tally.settled
    time_left = f", {_clock(left / rate)} left" if rate and left else ""
    more = f", {len(tally.failed)} failed" if tally.failed else ""
    pace = f"{rate:.1f} rows/s" if rate >= 1 else f"{60 * rate:.1f} rows/min"
    return f"{pace}{time_left}; {tally.in_flight} in flight, {tally.waiting} wait for a person{more}"


def summary(process: Process, occasion: str, tally: Tally) -> str:
    """When it is over: a line for each kind."""
    ended = f"{tally.succeeded} succeeded, {tally.stopped} stopped, {len(tally.failed)} failed"
    lines = [
        f"{process.name}, occasion {occasion}: {tally.rows} rows",
        f"  {tally.started} started, {tally.attached} attached to runs that were there",
        f"  {tally.waiting} wait for a person, {ended}",
        f"  {len(tally.bad)} bad rows, {len(tally.twins)} duplicates left out",
        f"  {money(tally.cost_usd)} so far",
    ]
    if tally.waiting:
        lines.append(f"next: signoff list --waiting --process {process.name}")
    return "\n".join(lines)


def doubts(tally: Tally, *, pinned: bool) -> str | None:
    """What there is to do about rows that did not come through."""
    if tally.came_through:
        return None
    wrong = [(len(tally.bad), "bad rows"), (len(tally.failed), "failed runs")]
    what = ", ".join(f"{kind}: {count}" for count, kind in wrong if count)
    again = "with the same command" if pinned else "with the same --occasion"
    failed = "; a failed run is begun anew under another --occasion" if tally.failed else ""
    return f"{what}; mend the rows and give the file again {again}, and only what is new is started{failed}"


class View:
    """How far a batch is: a bar at a terminal, else a line every ten seconds; both say rate and time left."""

    def __init__(self, tally: Tally, *, as_json: bool) -> None:
        self._tally, self._pace = tally, Pace()
        self._lines = sys.stderr if as_json else sys.stdout
        self._bar = None if as_json or not console().is_terminal else _bar()
        self._task: TaskID | None = None
        self._told_at = 0.0

    def open(self) -> None:
        """From now on it moves."""
        self._told_at = time.monotonic()
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task("", total=self._tally.rows, words="")

    def close(self) -> None:
        """Give the terminal back."""
        if self._bar:
            self._tell(time.monotonic())
            self._bar.stop()

    def above(self, line: str) -> None:
        """A line on stderr; where that is the terminal of the bar, above it."""
        if self._bar and self._task is not None and sys.stderr.isatty():
            self._bar.console.print(Text(line), soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)

    async def keep_telling(self) -> None:
        """Until it is cancelled: also while nothing settles, so that a standstill shows."""
        while True:
            self._tell(time.monotonic())
            # Only how often to tell.
            await asyncio.sleep(_EVERY_S)

    def _tell(self, now: float) -> None:
        words = progress_words(self._tally, self._pace.rate(now, self._tally.settled))
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=self._tally.settled, total=self._tally.rows, words=words)
        elif not self._bar and now - self._told_at >= _LINE_EVERY_S:
            self._told_at = now
            print(f"{self._tally.settled} of {self._tally.rows} rows, {words}", file=self._lines, flush=True)


def _bar() -> Progress:
    words = TextColumn("{task.fields[words]}", markup=False)
    return Progress(BarColumn(), MofNCompleteColumn(), words, console=console())


def _clock(seconds: float) -> str:
    """A time that is left, no finer than anybody can use it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
