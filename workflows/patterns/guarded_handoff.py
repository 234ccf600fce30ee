"""Specialists hand a case on to one another: code holds who may hand to whom, and how often in all."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

K = TypeVar("K")
B = TypeVar("B", bound=BaseModel)
R = TypeVar("R")


@dataclass(frozen=True)
class Handoff(Generic[K, B]):
    """A specialist gives the case to another one, who is told no more of it than the brief."""

    to: K
    brief: B


@dataclass(frozen=True)
class Handed(Generic[K, B, R]):
    """How it ended. `path`: who worked on it, in order; `briefs`: what each told the next one. Without a `result`,
    `reason` says which rule a handover would have broken."""

    result: R | None
    path: tuple[K, ...]
    briefs: tuple[B, ...]
    reason: str = ""


async def guarded_handoff(
    first: K,
    may_hand_to: Mapping[K, Collection[K]],
    at_most: int,
    work: Callable[[K, tuple[B, ...]], Awaitable[R | Handoff[K, B]]],
) -> Handed[K, B, R]:
    """Let `first` work, and whoever is handed the case after that, until one has a result.

    There are at most `at_most` handovers, so specialists who send a case in circles come to an end. Nobody hands to
    anybody but those whom `may_hand_to` names; who is not in it hands to nobody. Raises what `work` raises.
    """
    path, briefs = [first], list[B]()
    while True:
        came = await work(path[-1], tuple(briefs))
        if not isinstance(came, Handoff):
            return Handed(came, tuple(path), tuple(briefs))
        if came.to not in may_hand_to.get(path[-1], ()):
            return Handed(None, tuple(path), tuple(briefs), f"{path[-1]} may not hand over to {came.to}")
        if len(briefs) == at_most:
            return Handed(None, tuple(path), tuple(briefs), f"handed over {at_most} times without a result")
        briefs.append(came.brief)
        path.append(came.to)
