"""Precision and recall of name matching by threshold."""

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from activities.tools.names import similarity

PAIRS = Path(__file__).with_name("pairs.tsv")
THRESHOLDS = range(60, 101)
_MISS_COSTS = 2
"""A listed person who is missed is worse than officers who look for nothing (van Rijsbergen's F2)."""


class Pair(NamedTuple):
    """Two names, whether they are one person's, and why that is hard to see."""

    same: bool
    kind: str
    one: str
    other: str


class Worth(NamedTuple):
    """What a threshold yields: of those that are taken for the same, and of those that are."""

    threshold: int
    found: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what is found that is right."""
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        """The share of what is there that is found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f2(self) -> float:
        """Both in one figure, recall weighing twice as much."""
        weight = _MISS_COSTS**2
        both = weight * self.precision + self.recall
        return (1 + weight) * self.precision * self.recall / both if both else 0.0


@cache
def read_pairs() -> tuple[Pair, ...]:
    """The labelled pairs."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Pair(row["same"] == "yes", row["kind"], row["one"], row["other"]) for row in rows)


@cache
def score(pair: Pair) -> int:
    """As screening has it."""
    return round(similarity(pair.one, pair.other))


def worth(threshold: int, pairs: Sequence[Pair]) -> Worth:
    """What a threshold yields on these pairs."""
    alike = [pair for pair in pairs if score(pair) >= threshold]
    found = sum(pair.same for pair in alike)
    return Worth(threshold, found, len(alike) - found, sum(pair.same for pair in pairs) - found)


def best(pairs: Sequence[Pair]) -> Worth:
    """The threshold with the highest F2; of equals the lowest, which misses the fewest."""
    return max(
        (worth(threshold, pairs) for threshold in THRESHOLDS), key=lambda one: (round(one.f2, 6), -one.threshold)
    )
