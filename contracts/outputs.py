"""Output contracts: the type that a reply must have, and the check that it must pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T", bound=BaseModel)
F = TypeVar("F", bound=BaseModel)


class NoFacts(BaseModel):
    """Of a reply that is right once it has its type."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class OutputContract(Generic[T, F]):
    """`check(value, facts)` lists what is wrong with a well-formed value, in words that a model can act upon.

    `name` stands on the wire and in histories. No problems: the value fits.
    """

    name: str
    value: type[T]
    facts: type[F]
    check: Callable[[T, F], list[str]]
