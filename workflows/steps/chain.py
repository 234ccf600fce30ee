"""A run that has taken in too much goes on in a new one of the same id (continue-as-new), where it stood."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, get_type_hints

from pydantic import TypeAdapter
from temporalio import workflow

from contracts.chain import GateSoFar, RunSoFar
from workflows.steps.journal import Journal

MOST_EVENTS = 1_500
MOST_BYTES = 3_000_000
"""After so many a loop goes on in a new run at its next checkpoint: a worker that takes the run over reads all of them
again, about a thousand events a second."""

MOST_SIGNALS = 2_000
MOST_UPDATES = 1_000
"""After so many a run goes on in a new one: the server takes 10,000 and 2,000 into a run, and no more."""


class Chain:
    """What this run has from the one before, and leaves to the next."""

    def __init__(self) -> None:
        self.before = RunSoFar()
        self.journal = Journal()
        self.gates: Callable[[], dict[str, GateSoFar]] = dict
        """The gates that are open now."""
        self.deciding: Callable[[], bool] = lambda: False
        """Whether one of them was decided, and the story does not know yet."""
        self._signals = self._updates = 0
        self._args: Sequence[Any] | None = None
        self._parked = False

    def begin(self, run: Callable[..., Any], args: Sequence[Any]) -> Sequence[Any]:
        """What `run` is to be called with. A run of a chain is given one argument more; nobody else can give it."""
        if workflow.info().continued_run_id is not None and len(args) == 2:
            self.before = RunSoFar.model_validate(args[1])
            self.journal = Journal(self.before.calls)
            # With more arguments than it takes, they come as plain JSON.
            takes = get_type_hints(run)[list(inspect.signature(run).parameters)[1]]
            args = [TypeAdapter(takes).validate_python(args[0])]
        self._args = args
        return args

    async def caught_up(self) -> None:
        """Wait until the run stands where the one before it of a chain stood."""
        if workflow.info().continued_run_id is not None and not self._told:
            await workflow.wait_condition(lambda: self._told)

    def heard(self, *, update: bool = False) -> None:
        """A message has come in."""
        self._updates += update
        self._signals += not update

    def has_to_end(self) -> bool:
        """Whether the run has to go on in a new one, and can: nothing is being called, every message that came in has
        been read, and what came of it is in what the run leaves to the next."""
        idle = not self.journal.in_flight and workflow.all_handlers_finished() and not self.deciding()
        return (self._parked or self._full) and self._can_end and idle

    def should_end(self) -> bool:
        """Whether a loop that is at a checkpoint had better go on in a new run."""
        info = workflow.info()
        long = info.get_current_history_length() >= MOST_EVENTS or info.get_current_history_size() >= MOST_BYTES
        return (long or self._full) and self._can_end

    async def park(self) -> None:
        """Wait for the end of this run, or until it cannot go on in a new one, as something ran beside the loop."""
        self._parked = True
        await workflow.wait_condition(lambda: not self._can_end)
        self._parked = False

    @property
    def _full(self) -> bool:
        heard = self._signals >= MOST_SIGNALS or self._updates >= MOST_UPDATES
        return heard or workflow.info().is_continue_as_new_suggested()

    @property
    def _can_end(self) -> bool:
        return self._told and not self.journal.spoiled

    @property
    def _told(self) -> bool:
        return self._args is not None and not self.journal.telling_again

    def go_on(self, so_far: RunSoFar) -> NoReturn:
        """End this run and begin the next; `so_far` without what is kept here."""
        kept = {"calls": self.journal.so_far(), "gates": self.gates()}
        workflow.continue_as_new(args=[*(self._args or ()), so_far.model_copy(update=kept)])
