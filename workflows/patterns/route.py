"""A model chooses a branch from a closed list; code holds each branch to the tools that it may use."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from temporalio import workflow

from contracts.errors import UndeclaredStep
from contracts.llm import Role
from contracts.notes import Note
from contracts.outputs import NoFacts, OutputContract
from contracts.routing import OTHER, Classified
from contracts.tools import Effect, Tool, tool_name
from workflows.steps.blanks import Blank
from workflows.steps.gates import Gates, Question
from workflows.steps.llm import Llm
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

K = TypeVar("K", bound=StrEnum)
R = TypeVar("R")


@dataclass(frozen=True)
class Choice(Generic[K]):
    """What a model is asked to choose from. Below `floor` a person is asked, at the step `gate`, and shown `about`."""

    step: str
    gate: str
    summary: str
    prompt: str
    variables: dict[str, str]
    contract: OutputContract[Classified[K], NoFacts]
    kinds: type[K]
    about: BaseModel
    floor: float = 0.6
    role: Role = Role.DEFAULT


@dataclass(frozen=True)
class Chosen(Generic[K]):
    """A branch, and who chose it: a model's name, or a person's; None: nobody, so it is `other`."""

    kind: K
    by: str | None


async def choose(llm: Llm, gates: Gates, choice: Choice[K]) -> Chosen[K]:
    """A model's choice, where it is sure enough; else a person's. Raises Ended (nobody answered, stopped)."""
    said = await llm.fill(
        Blank(
            step=choice.step,
            summary=choice.summary,
            prompt=choice.prompt,
            variables=choice.variables,
            contract=choice.contract,
            facts=NoFacts(),
            otherwise=lambda: choice.contract.value(kind=choice.kinds(OTHER), confidence=0),
            role=choice.role,
        )
    )
    if said.value.confidence >= choice.floor:
        return Chosen(said.value.kind, said.by)
    names = tuple(kind.value for kind in choice.kinds)
    question = f"{choice.summary}: which is it? The model would say {said.value.kind.value}"
    other = choice.kinds(OTHER)
    answered = await gates.clarify(Question(choice.gate, question, choice.about, choice.kinds, names, default=other))
    return Chosen(answered.value, answered.by)


class WrongClass(Exception):
    """Raised by a branch that finds that it is the wrong one. `better`: which is right, where that is known."""

    def __init__(self, why: str, better: Any = OTHER) -> None:
        super().__init__(why)
        self.better = better


class Allowed(Tools):
    """A run's tools, of which a branch may use some. What it uses counts for the run."""

    def __init__(self, tools: Tools, branch: str, allowed: Collection[Tool]) -> None:
        vars(self).update(vars(tools))  # the same counters, not copies of them
        self._branch, self._allowed = branch, allowed
        self.only_read = True
        """Whether nothing but reading was done."""

    def _count(self, step: str, tool: Tool) -> None:
        if tool not in self._allowed:
            raise UndeclaredStep(f"the branch {self._branch} may not use {tool_name(tool)}")
        super()._count(step, tool)
        self.only_read = self.only_read and tool.effect is Effect.READ


@dataclass(frozen=True)
class Branch(Generic[R]):
    """Where a choice leads: a story, and the only tools that it may use."""

    tools: Collection[Tool]
    story: Callable[[Tools], Awaitable[R]]


async def route(progress: Progress, tools: Tools, chosen: K, branches: Mapping[K, Branch[R]]) -> R:
    """Take the branch. One that raises WrongClass before it did more than read leads to the better one, once; after
    that, or too late, it leads to `other`, which has to take what comes."""
    kind, other, routed_again = chosen, type(chosen)(OTHER), False
    while True:
        branch = branches[kind]
        allowed = Allowed(tools, kind, branch.tools)
        try:
            return await branch.story(allowed)
        except WrongClass as wrong:
            if kind is other:
                raise
            early = allowed.only_read and not routed_again
            better = type(chosen)(wrong.better) if early else other
            text = f"{kind} was wrong: {wrong}"[:1000]
            kind, routed_again = other if better is kind else better, True
            progress.note(Note(at=workflow.now(), outcome=f"routed again, to {kind}", text=text))
