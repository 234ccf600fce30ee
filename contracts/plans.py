"""Plans: what a model proposes to do, as data that code checks, a person may edit, and code carries out."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

S = TypeVar("S")

MOST_STEPS = 20


class Plan(BaseModel, Generic[S]):
    """Steps in their order. `S` is a closed set of kinds: a union whose members are told apart by a field `kind`.

    People edit plans, and start runs with plans of their own, so unknown fields are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[S, ...] = Field(min_length=1, max_length=MOST_STEPS)
