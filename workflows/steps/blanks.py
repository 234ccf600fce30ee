"""What a model is asked to fill in, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from contracts.llm import RUNGS, Quote, Role, Rung
from contracts.outputs import OutputContract
from workflows.steps.talk import Talk

T = TypeVar("T", bound=BaseModel)

TEMPLATE = "template"
"""Who wrote it, when code did."""


@dataclass(frozen=True)
class Blank(Generic[T]):
    """What a model is asked to fill in, what the reply is held against, and what code writes where no reply fits.

    Without `otherwise` a person is asked instead, at the gate `STEP-by-hand`, which the boundary map must declare.
    """

    step: str
    summary: str
    prompt: str
    variables: dict[str, str]
    contract: OutputContract[T, Any]
    facts: BaseModel
    otherwise: Callable[[], T] | None
    role: Role = Role.DEFAULT
    rungs: tuple[Rung, ...] = RUNGS
    """How each model of the route is asked, in this order."""
    repair: bool = True
    """Whether a reply that is no JSON may be mended without a call."""
    scratchpad: bool = False
    """Whether the model may think first, in a part of the reply that goes no further than the record."""
    max_tokens: int = 1000
    talk: Talk | None = None
    """The conversation that this is a turn of; its opening has said prompt, variables and facts."""
    shorten: bool = False
    """Whether its older turns are to be summarised."""
    allows: Callable[[Quote], None] = lambda quote: None
    """Raises where a call at such a price is not to be made."""


@dataclass(frozen=True)
class Filled(Generic[T]):
    """A value that fits its contract. `by` is the model's name, `template`, or the person's."""

    value: T
    by: str
