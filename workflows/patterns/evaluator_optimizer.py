"""One judges, one improves, until it is good enough, the rounds are used up, or nothing is gained any more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Score:
    """A judge's opinion: the higher the better, and what is wrong, in words that a writer can act upon."""

    value: float
    problems: tuple[str, ...] = ()


class Enough(StrEnum):
    """Why no further round was made."""

    GOOD = "good enough"
    ROUNDS = "rounds"
    NO_GAIN = "no gain"


@dataclass(frozen=True)
class Improved(Generic[T]):
    """The best of all that were judged, which need not be the last one."""

    best: T
    score: Score
    rounds: int
    why: Enough


async def improve(
    first: T,
    judge: Callable[[T], Awaitable[Score]],
    better: Callable[[T, Score], Awaitable[T]],
    *,
    good_enough: float,
    rounds: int,
    least_gain: float = 0,
) -> Improved[T]:
    """Judge, improve on the best so far, judge again: at most `rounds` times.

    It ends early at a score of `good_enough`, and where a round gains no more than `least_gain`. A judge that is code
    counts nothing; one that is a model had better not be the writer's own.
    """
    best, score = first, await judge(first)
    for done in range(rounds):
        if score.value >= good_enough:
            return Improved(best, score, done, Enough.GOOD)
        made = await better(best, score)
        judged = await judge(made)
        gain = judged.value - score.value
        if gain > 0:
            best, score = made, judged
        if gain <= least_gain and score.value < good_enough:
            return Improved(best, score, done + 1, Enough.NO_GAIN)
    return Improved(best, score, rounds, Enough.GOOD if score.value >= good_enough else Enough.ROUNDS)
