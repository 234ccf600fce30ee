"""Lost, duplicated, wrong: a disturbed run held against one that nobody disturbed."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.chaos.far_ends import paid_twice
from tests.chaos.played import Played, Variant
from tests.chaos.record import Seen


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one run, each in a line."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it."""
        return (*self.lost, *self.duplicated, *self.wrong)


def judge(played: Played, variant: Variant, usual: Seen, seen: Seen) -> Verdict:
    """Same result, each effect as often as usual, no recorded reply paid for again."""
    wrong = list(seen.problems)
    if not seen.fault_done:
        wrong.append("the point was not reached")
    if variant.judge is not None:
        wrong += [line for result in seen.results for line in variant.judge(result, seen.effects)]
        twice = [name for name, count in seen.effects.items() if count > 1]
        return Verdict(duplicated=tuple(twice), wrong=tuple(wrong))
    wrong += _results(played, usual.results[0], seen.results)
    extra = seen.effects - usual.effects
    wrong += [f"unexpected: {name}" for name in extra if name not in usual.effects]
    duplicated = [f"{name}, {count} too many" for name, count in extra.items() if name in usual.effects]
    duplicated += paid_twice(seen.questions, seen.replies, how_often(usual, max(1, len(seen.results))))
    lost = [f"{name}, {count} missing" for name, count in (usual.effects - seen.effects).items()]
    return Verdict(tuple(lost), tuple(duplicated), tuple(wrong))


def how_often(usual: Seen, runs: int) -> Counter[str]:
    """How many recorded replies each question has, in so many runs."""
    return Counter({question: runs * count for question, count in Counter(_answered(usual)).items()})


def _answered(seen: Seen) -> list[str]:
    return [seen.questions[number - 1] for number in seen.replies]


def _results(played: Played, usual: dict[str, Any], results: list[dict[str, Any]]) -> list[str]:
    """Of two runs of the same action one may say that the other did it."""
    expected, told = played.lasting(usual), [played.lasting(result) for result in results]
    others = [one for one in told if one != expected]
    if len(others) < len(told) and all(played.second(expected, other) for other in others):
        return []
    return [f"the result is {_difference(other, expected)}" for other in others]


def _difference(told: dict[str, Any], expected: dict[str, Any]) -> str:
    other = {name for name in {*told, *expected} if told.get(name) != expected.get(name)}
    return ", ".join(f"{name} {told.get(name)!r} (usually {expected.get(name)!r})" for name in sorted(other))
