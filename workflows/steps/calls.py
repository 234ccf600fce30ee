"""Tool calls that a model asks for: code decides which of them are carried out, and the model is told of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from temporalio.exceptions import ActivityError

from contracts.calls import CallResult, Clarification, ToolCall
from contracts.errors import root_message
from contracts.tools import IrreversibleTool, Outcome, Receipt, Tool, tool_name
from workflows.steps.ended import Ended, Ending
from workflows.steps.gates import Gates, Question, Review
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
class AskPerson:
    """A model may ask a person, at a step of the boundary map and so many times, as if that were a tool."""

    step: str
    about: BaseModel
    at_most: int = 3
    name: str = "ask_person"


class Calls:
    """The tools that one model may ask for, and whether it may ask a person."""

    def __init__(
        self, tools: Tools, gates: Gates, offers: Sequence[Offer[Any, Any]], asks: AskPerson | None = None
    ) -> None:
        self._tools, self._gates = tools, gates
        self._offers = {offer.name: offer for offer in offers}
        self._asks, self._asked = asks, 0

    async def carry_out(self, calls: Sequence[ToolCall]) -> tuple[CallResult, ...]:
        """One after the other, in the order of the reply; one result for each call. Raises Ended (stopped, at a limit,
        or nobody decided)."""
        seen: set[str] = set()
        results = []
        for number, call in enumerate(calls):
            try:
                if number >= MOST_CALLS:
                    raise Refused(f"at most {MOST_CALLS} calls in one reply are looked at")
                if call.id in seen:
                    raise Refused(f"there is another call with the id {call.id!r} in this reply")
                seen.add(call.id)
                results.append(CallResult(id=call.id, tool=call.tool, done=True, result=await self._one(call)))
            except Refused as refused:
                reason = str(refused)[:_LONGEST]
                results.append(CallResult(id=call.id, tool=call.tool, done=False, reason=reason))
        return tuple(results)

    async def _one(self, call: ToolCall) -> Any:
        if self._asks and call.tool == self._asks.name:
            return await self._ask(self._asks, call)
        offer = self._offers.get(call.tool)
        if offer is None:
            names = (*self._offers, *([self._asks.name] if self._asks else ()))
            raise Refused(f"there is no tool {call.tool!r} here; there are: {', '.join(names)}")
        if not self._tools.left(offer.tool):
            name = tool_name(offer.tool)
            raise Refused(f"{call.tool} ({name}) has been used as often as a run may use it: {offer.tool.at_most}")
        argument = _read(lambda: offer.makes(offer.says.model_validate(call.arguments)))
        try:
            if isinstance(offer.tool, IrreversibleTool):
                argument = await self._approved(offer, offer.tool, argument)
            return _told(await self._tools.use(offer.step, offer.tool, argument, offer.summary))
        except ActivityError as error:
            raise Refused(root_message(error)) from None

    async def _ask(self, asks: AskPerson, call: ToolCall) -> dict[str, str | None]:
        wanted = _read(lambda: Clarification.model_validate(call.arguments))
        if self._asked >= asks.at_most:
            raise Refused(f"a person has been asked as often as they may be: {asks.at_most}")
        self._asked += 1
        try:
            said = await self._gates.clarify(Question(asks.step, wanted.question, asks.about, str, wanted.choices))
        except Ended as end:
            if end.how is not Ending.EXPIRED:
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
