"""Routing: a model says which of a closed list something is, and how sure it is of that."""

from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from contracts.outputs import NoFacts, OutputContract

K = TypeVar("K", bound=StrEnum)

OTHER = "other"
"""The value that every closed list has: none of the rest."""


class Classified(BaseModel, Generic[K]):
    """Which one it is."""

    model_config = ConfigDict(frozen=True)

    kind: K
    confidence: Annotated[float, Field(ge=0, le=1, description="0: a guess; 1: beyond doubt")]


def closed_list(name: str, kinds: type[K]) -> OutputContract[Classified[K], NoFacts]:
    """The output contract of a choice between `kinds`, of which one has to be `other`. `name` stands on the wire."""
    kinds(OTHER)
    # mypy takes no variable as a type argument; the enum is known only here.
    value: Any = Classified.__class_getitem__(kinds)
    return OutputContract(name, value, NoFacts, lambda value, facts: [])
