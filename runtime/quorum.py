"""Whether there are enough different people for what a gate's policy needs. Exact, and small: a bipartite matching."""

from collections.abc import Collection, Sequence
from typing import NamedTuple


class Seats(NamedTuple):
    """What one stage needs: so many of these people. Nobody sits twice, at whatever stages."""

    needed: int
    able: Collection[str]


def seating(stages: Sequence[Seats], absent: str | None = None) -> dict[str, int] | int:
    """A stage for each person who has to sit; where that cannot be, the number of a stage that cannot be filled."""
    seated: dict[str, int] = {}
    for number, stage in enumerate(stages):
        for _ in range(stage.needed):
            if not _seat(number, stages, seated, {absent}):
                return number
    return seated


def lacking(stages: Sequence[Seats], *, any_one_absent: bool = False) -> int | None:
    """The number of a stage that cannot be filled; None where all can, whoever is absent."""
    found = seating(stages)
    if isinstance(found, int):
        return found
    # Those who do not sit may be absent anyway.
    without = (seating(stages, absent=name) for name in found) if any_one_absent else ()
    return next((number for number in without if isinstance(number, int)), None)


def _seat(number: int, stages: Sequence[Seats], seated: dict[str, int], asked: set[str | None]) -> bool:
    """Find somebody for one more seat, by way of those who can sit elsewhere instead (an augmenting path)."""
    able = [name for name in stages[number].able if name not in asked]
    for name in sorted(able, key=seated.__contains__):  # those who are free come first
        if name in asked:
            continue
        asked.add(name)
        if name not in seated or _seat(seated[name], stages, seated, asked):
            seated[name] = number
            return True
    return False
