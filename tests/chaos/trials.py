"""Which trials there are: each outage at each of the points that it can hit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.tools import Effect
from tests.chaos.outages import (
    Outage,
    clock_jumps,
    database_killed,
    disk_full,
    frozen,
    one_of_two_workers_killed,
    server_killed,
    worker_killed,
)
from tests.chaos.played import Played
from tests.chaos.postgres import has_postgres
from tests.chaos.record import Seen
from tests.chaos.small_disk import can_mount

DONE_BY_S = 4
"""By then the other worker has done what it took over."""


@dataclass(frozen=True)
class Trial:
    """One outage at one point of one variant."""

    row: str
    outage: Outage
    variant: int
    at: str


@dataclass(frozen=True)
class Row:
    """An outage, and the points of the first variant that it is held at."""

    name: str
    outage: Outage
    hits: Callable[[Played, str], bool]
    missing: str | None = None
    """Why it cannot be held here."""


def of_effects(played: Played, point: str) -> bool:
    """Within an activity that changes the world, or another one that each outage is tried out at."""
    changing = [step.name for step in played.process.steps if step.effect in (Effect.WRITE, Effect.IRREVERSIBLE)]
    names = changing if played.disturbed is None else played.disturbed
    return any(point.startswith((f"activity {name}:", f"activity {name},")) for name in names)


def _of_history(_: Played, point: str) -> bool:
    return point.endswith((": taken", ": reported")) or ", model's reply" in point


def _of_database(played: Played, point: str) -> bool:
    return ", transaction " in point and (played.disturbed is None or of_effects(played, point))


def _of_ledger(played: Played, point: str) -> bool:
    return of_effects(played, point) and ", transaction " in point


def _fenced(played: Played, point: str) -> bool:
    """In an activity that another worker takes over. Not between the last look at the claim and the write of a mail's
    end that follows it: there no check can stand, and no mail server asks whose turn it is.
    """
    return of_effects(played, point) and not point.endswith((": reported", "SMTP end of message: before"))


ROWS = (
    Row("Temporal server killed", server_killed, _of_history),
    Row("PostgreSQL killed", database_killed, _of_database, None if has_postgres() else "PostgreSQL is not installed"),
    Row("one of two workers killed, two runs of the action", one_of_two_workers_killed, of_effects),
    Row("worker frozen until another takes over", frozen(0), _fenced),
    Row("worker frozen until another is done", frozen(DONE_BY_S), _fenced),
    Row("disk of the ledger full", disk_full, _of_ledger, None if can_mount() else "mounting a small disk takes root"),
    Row("clock 3 h ahead, worker killed", clock_jumps(3), _of_ledger),
    Row("clock 3 h back, worker killed", clock_jumps(-3), _of_ledger),
)


def trials_of(played: Played, undisturbed: Sequence[Seen]) -> list[Trial]:
    """All of them, from what was recorded of each variant."""
    taken: set[str] = set()
    trials: list[Trial] = []
    for number, seen in enumerate(undisturbed):
        again = played.variants[number].again
        names = [one.name for one in seen.points if one.name not in taken or (again and again in one.name)]
        trials += [Trial(played.process.name, worker_killed, number, name) for name in names]
        taken |= set(names)
    points = [point.name for point in undisturbed[0].points]
    for row in ROWS:
        if not row.missing:
            name = f"{played.process.name}: {row.name}"
            trials += [Trial(name, row.outage, 0, point) for point in points if row.hits(played, point)]
    return trials
