"""`signoff batch`."""

import asyncio
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from contracts.budgets import Budget
from contracts.processes import Process, ProcessInput
from runtime.settings import Settings
from starters.batch.jobs import Job, Twin, jobs_of
from starters.batch.pinned import Pin
from starters.batch.rows import BadRow, read_rows
from starters.batch.running import Runner
from starters.batch.tally import Tally
from starters.cli.batch_words import View, doubts, summary, worst_case
from starters.cli.common import checked, connected, settings_of
from starters.cli.output import clean_line, emit, say
from starters.cli.terminal import ask, can_ask
from starters.ending import INTERRUPTED
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.requests import find_process, read_budget


async def batch(args: Namespace) -> int:
    """Start a run for each row, and stay until each waits for a person or is over."""
    batch = Batch(args)
    batch.survey()
    session = await connected(args)
    if not batch.agreed():
        return REFUSED
    batch.begin()
    runner = Runner(session, batch.process, batch.tally, args.max_in_flight, batch.note)
    telling = asyncio.create_task(batch.view.keep_telling())
    try:
        await runner.run(batch.jobs())
    except asyncio.CancelledError:
        batch.note(None, f"broken off after {batch.tally.settled} of {batch.tally.rows} rows: {GO_ON}")
        return INTERRUPTED
    finally:
        telling.cancel()
        batch.view.close()
    return batch.end()


GO_ON = "the same command attaches to the runs that were started, and goes on"


class Batch:
    """One file, and what is said about it."""

    def __init__(self, args: Namespace) -> None:
        self.process: Process = find_process(args.process)
        self._file, self._as_json = Path(args.file), bool(args.json)
        self._budget = read_budget(args.budget) if args.budget is not None else {}
        flags = {"by": args.by, "tenant": args.tenant, "occasion": args.occasion}
        self._fixed = {name: flag for name, flag in flags.items() if flag is not None}
        checked(lambda: ProcessInput.model_validate(self._fixed))  # once, not for each row
        self._settings: Settings = settings_of(args)
        self._pin = None if args.occasion else Pin(self._settings.state, self.process, self._file)
        self._occasion, self._goes_on = self._pin.read() if self._pin else (str(args.occasion), False)
        self._asks = not args.yes and can_ask() and not args.json
        self.tally = Tally()
        self.view = View(self.tally, as_json=self._as_json)

    def survey(self) -> None:
        """Read the whole file before anything is begun. Raises Failure where no row can start a run."""
        budgets: Counter[Budget | None] = Counter()
        for found in self._rows():
            match found:
                case Job():
                    budgets[found.request.budget] += 1
                case Twin():
                    self.tally.twins.append(found)
                    self.note(found.line, f"says the same as line {found.first}, and is left out")
                case BadRow():
                    self.tally.bad.append(found)
                    self.note(found.line, found.problem)
        self.tally.rows = budgets.total()
        if not budgets:
            raise Failure(BAD_INPUT, f"{self._file} has no row that can start {self.process.name}")
        self.tally.worst_case_usd = sum((self._most(one) * count for one, count in budgets.items()), Decimal(0))

    def agreed(self) -> bool:
        """Say what it may cost, and ask where somebody sits here."""
        if self._goes_on:
            self.note(None, f"goes on with the batch of {self._occasion}; --occasion begins another one")
        self._say(worst_case(self.process, self.tally))
        if not self._asks:
            return True
        try:
            return ask("Start them? [y/N]").lower() in ("y", "yes")
        except EOFError:
            return False

    def begin(self) -> None:
        """What must be kept before the first run is started."""
        if self._pin:
            self._pin.keep(self._occasion)
        self.view.open()

    def jobs(self) -> Iterator[Job]:
        """The rows that can start a run; of the others all has been said."""
        return (found for found in self._rows() if isinstance(found, Job))

    def end(self) -> int:
        """Say what became of it; the exit code."""
        if self._pin and self.tally.came_through:
            self._pin.drop()
        if self._as_json:
            named = {"process": self.process.name, "file": str(self._file), "occasion": self._occasion}
            emit({**named, **self.tally.as_json()})
        else:
            self._say(summary(self.process, self._occasion, self.tally))
        if advice := doubts(self.tally, pinned=self._pin is not None):
            self.note(None, advice)
        return 0 if self.tally.came_through else REFUSED

    def note(self, line: int | None, text: str) -> None:
        """On stderr, above the progress bar where there is one."""
        where = f"{self._file} line {line}: " if line is not None else ""
        self.view.above(clean_line(f"signoff: {where}{text}"))

    def _say(self, text: str) -> None:
        if self._as_json:
            print(f"signoff: {clean_line(text)}", file=sys.stderr, flush=True)
        else:
            say(text)

    def _rows(self) -> Iterator[Job | Twin | BadRow]:
        rows = read_rows(self._file, self.process)
        return jobs_of(self.process, rows, self._fixed, self._budget, self._occasion)

    def _most(self, budget: Budget | None) -> Decimal:
        """What a run may spend, as far as this machine's settings know it."""
        limits = self._settings.limits.limits_for(self.process.name, self.process.limits)
        return limits.within(budget).usd
