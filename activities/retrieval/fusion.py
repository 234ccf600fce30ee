"""Reciprocal rank fusion: several rankings become one, by places alone, since scores of different kinds do not compare.

Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods,
SIGIR 2009.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

K = 60
"""The constant of the paper: it keeps one ranking's first place from outweighing two good ones."""

H = TypeVar("H", bound=Hashable)


def fused(rankings: Iterable[Sequence[H]], k: int = K) -> list[H]:
    """All that is ranked anywhere, the best first: each place counts 1 / (k + place). Ties stay as they came."""
    scores: defaultdict[H, float] = defaultdict(float)
    for ranking in rankings:
        for place, one in enumerate(ranking, start=1):
            scores[one] += 1 / (k + place)
    return sorted(scores, key=lambda one: -scores[one])
