"""Tool calls that a model asks for: code decides which of them are carried out, and the model is told of each."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from pydantic import BaseModel, JsonValue, ValidationError
from temporalio.exceptions import ActivityError

from contracts.calls import CallResult, Clarification, ToolCall
from contracts.errors import root_message
from contracts.tools import IrreversibleTool, Outcome, ReadTool, Receipt, Tool, tool_name
from contracts.transcript import Observe, Observed, Said, bytes_of
from workflows.steps.ended import Ended, Ending
from workflows.steps.gates import Gates, Question, Review
from workflows.steps.talk import Talk
from workflows.steps.tools import Tools

M = TypeVar("M", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)

MOST_CALLS = 16
"""Of one reply; those after them are not even looked at."""

_LONGEST = 500


class Refused(Exception):
    """A call that is not carried out; the message says why, to the model."""


@dataclass(frozen=True)
class Offer(Generic[M, A]):
    """A tool that a model may ask for, under `name`.

    The model says a `says`; what is really done, `makes` decides from that: a recipient that the model is not to choose
    stands there. `review` is what a person is shown of an irreversible use.
    """

    name: str
    step: str
    tool: Tool
    says: type[M]
    makes: Callable[[M], A]
    summary: str
    review: Callable[[A], Review[A]] | None = None


@dataclass(frozen=True)
class Skill(Generic[M]):
    """Steps of the story that a model may ask for as if they were a tool. `does` may raise Refused; what it has to know
    at a later call it keeps in `Calls.kept`."""

    name: str
    says: type[M]
    does: Callable[[M], Awaitable[BaseModel]]
    summary: str


@dataclass(frozen=True)
class AskPerson:
    """A model may ask a person, at a step of the boundary map and so many times, as if that were a tool."""

    step: str
    about: BaseModel
    at_most: int = 3
    name: str = "ask_person"
    silence_ends: bool = False
    """Whether the story ends when nobody answers (Ended, expired); else the model is told."""


class Calls:
    """The tools that one model may ask for, and whether it may ask a person."""

    def __init__(
        self,
        tools: Tools,
        gates: Gates,
        offers: Sequence[Offer[Any, Any] | Skill[Any]],
        asks: AskPerson | None = None,
    ) -> None:
        self._tools, self._gates = tools, gates
        self._offers = {offer.name: offer for offer in offers}
        self.kept: dict[str, JsonValue] = {}
        """What skills keep; a loop that goes on in a new run has it there, too."""
        self._asks = asks
        self.asked = 0
        """How often a person was."""

    def described(self) -> str:
        """The tools as a prompt tells of them: name, what it does, and the JSON Schema of its arguments."""
        offers = [(one.name, one.summary, one.says) for one in self._offers.values()]
        if self._asks:
            offers.append(
                (self._asks.name, "Ask a person, in words, or which of some choices was meant", Clarification)
            )
        return "\n".join(f"- {name}: {does}. Arguments: {_schema(says)}" for name, does, says in offers)

    async def carry_out(self, calls: Sequence[ToolCall]) -> tuple[CallResult, ...]:
        """One after the other, in the order of the reply; one result for each call. Raises Ended (stopped, at a limit,
        or nobody decided)."""
        seen: set[str] = set()
        return tuple([await self._result(call, number, seen, MOST_CALLS) for number, call in enumerate(calls)])

    async def observe(self, calls: Sequence[ToolCall], talk: Talk, left: int) -> None:
        """As `carry_out`, of at most `left` calls; with its next turn the model is told of each, and of those past
        MOST_CALLS in one line.

        Calls of tools that only read go side by side, up to the next one that does more.
        """
        seen: set[str] = set()
        together: list[Coroutine[Any, Any, CallResult | Observed]] = []
        for number, call in enumerate(calls[:MOST_CALLS]):
            if not self._only_reads(call):
                await _told_of(talk, together)
            together.append(self._result(call, number, seen, left, talk))
            if not self._only_reads(call):
                await _told_of(talk, together)
        await _told_of(talk, together)
        if len(calls) > MOST_CALLS:
            talk.say(f"Of the {len(calls)} calls only the first {MOST_CALLS} were looked at.")

    def _only_reads(self, call: ToolCall) -> bool:
        offer = self._offers.get(call.tool)
        return isinstance(offer, Offer) and isinstance(offer.tool, ReadTool)

    @overload
    async def _result(self, call: ToolCall, number: int, seen: set[str], left: int) -> CallResult: ...
    @overload
    async def _result(
        self, call: ToolCall, number: int, seen: set[str], left: int, talk: Talk
    ) -> CallResult | Observed: ...
    async def _result(
        self, call: ToolCall, number: int, seen: set[str], left: int, talk: Talk | None = None
    ) -> CallResult | Observed:
        try:
            if number >= MOST_CALLS:
                raise Refused(f"at most {MOST_CALLS} calls in one reply are looked at")
            if number >= left:
                raise Refused("no more tools can be used: give the result")
            if call.id in seen:
                raise Refused(f"there is another call with the id {call.id!r} in this reply")
            seen.add(call.id)
            result = await self._one(call, talk)
        except Refused as refused:
            return CallResult(id=call.id, tool=call.tool, done=False, reason=str(refused)[:_LONGEST])
        if not isinstance(result, Observed):
            return CallResult(id=call.id, tool=call.tool, done=True, result=result)
        if result.size:
            return result
        told = CallResult(id=call.id, tool=call.tool, done=True, result=result.result)
        return result.model_copy(update={"size": bytes_of(told.model_dump_json(exclude_none=True))})

    async def _one(self, call: ToolCall, talk: Talk | None) -> Any:
        if self._asks and call.tool == self._asks.name:
            return await self._ask(self._asks, call)
        offer = self._offers.get(call.tool)
        if offer is None:
            names = (*self._offers, *([self._asks.name] if self._asks else ()))
            raise Refused(f"there is no tool {call.tool!r} here; there are: {', '.join(names)}")
        if isinstance(offer, Skill):
            skill, said = offer, call.arguments
            return (await skill.does(_read(lambda: skill.says.model_validate(said)))).model_dump(mode="json")
        if not self._tools.left(offer.tool):
            name = tool_name(offer.tool)
            raise Refused(f"{call.tool} ({name}) has been used as often as a run may use it: {offer.tool.at_most}")
        argument = _read(lambda: offer.makes(offer.says.model_validate(call.arguments)))
        try:
            if talk and isinstance(offer.tool, ReadTool) and offer.tool.fast:
                request = Observe(
                    head=talk.head,
                    call=call.id,
                    tool=tool_name(offer.tool),
                    offered_as=offer.name,
                    argument=argument.model_dump(mode="json"),
                )
                return await self._tools.observe(offer.step, offer.tool, request)
            if isinstance(offer.tool, IrreversibleTool):
                argument = await self._approved(offer, offer.tool, argument)
            return _told(await self._tools.use(offer.step, offer.tool, argument, offer.summary))
        except ActivityError as error:
            raise Refused(root_message(error)) from None

    async def _ask(self, asks: AskPerson, call: ToolCall) -> dict[str, str | None]:
        wanted = _read(lambda: Clarification.model_validate(call.arguments))
        if self.asked >= asks.at_most:
            raise Refused(f"a person has been asked as often as they may be: {asks.at_most}")
        self.asked += 1
        try:
            said = await self._gates.clarify(Question(asks.step, wanted.question, asks.about, str, wanted.choices))
        except Ended as end:
            if end.how is not Ending.EXPIRED or asks.silence_ends:
                raise
            raise Refused("nobody answered in time") from None
        return {"answer": said.value, "by": said.by}

    async def _approved(self, offer: Offer[Any, Any], tool: IrreversibleTool[Any, Any], argument: Any) -> Any:
        assert offer.review, f"{offer.name} is irreversible: it needs a review"
        try:
            return await self._gates.approve(offer.review(argument), tool)
        except Ended as end:
            if end.how is not Ending.REJECTED:
                raise
            raise Refused(f"a person said no: {end.reason}") from None


async def _told_of(talk: Talk, together: list[Coroutine[Any, Any, CallResult | Observed]]) -> None:
    """Do what is to be done, and tell the model of it in the order in which it asked."""
    tasks = [asyncio.ensure_future(one) for one in together]
    together.clear()
    try:
        results = await asyncio.gather(*tasks)
    finally:
        # A stop or a limit that one meets ends the others.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Observed):
            talk.add(Said(ref=result.ref), result.size or 0)
        else:
            talk.say(result.model_dump_json(exclude_none=True))


def _schema(says: type[BaseModel]) -> str:
    return json.dumps(says.model_json_schema(), ensure_ascii=False, separators=(",", ":"))


def _read(read: Callable[[], A]) -> A:
    try:
        return read()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        first = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problems[:5])
        raise Refused(f"the arguments do not fit: {first}") from None


def _told(result: Any) -> Any:
    if not isinstance(result, Receipt):
        return result.model_dump(mode="json")
    match result.outcome:
        case Outcome.DONE:
            return result.result.model_dump(mode="json")
        case Outcome.CONFLICT:
            raise Refused("the same business action has done this before, with other arguments; nothing was done now")
        case Outcome.UNDONE:
            raise Refused("the same business action has done this before, and took it back; nothing was done now")
