"""What workflows may ask of the store of conversations."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio import activity

from activities.llm.prompts import harmless, load_prompt
from activities.transcripts import Transcripts
from contracts.calls import CallResult
from contracts.errors import BadInput
from contracts.transcript import Compact, Head, Observe, Observed, Opened, Opening, TranscriptPort

IN_HISTORY = 600
"""Characters of a tool's result that stand in the history, of a longer one its first ones: enough to tell what it was.
All of it stands in the store, under the address beside them."""

_SUMMARY = "The conversation so far, older turns summarised:\n{}"

Reader = Callable[[Any], Awaitable[BaseModel]]


class ConversationActivities(TranscriptPort):
    """Keeps conversations; `readers` are the tools that only read, by name."""

    def __init__(self, transcripts: Transcripts, readers: Mapping[str, Reader]) -> None:
        self._transcripts = transcripts
        self._readers = readers

    @activity.defn(name="transcript.open")
    async def open(self, opening: Opening) -> Opened:
        """Render the prompt and begin with it. Raises BadInput."""
        prompt = load_prompt(opening.prompt)
        messages = prompt.filled(opening.variables)
        head = await self._transcripts.open(opening, prompt.version, messages)
        told = tuple((one.role, one.content) for one in messages)
        return Opened(head=head, prompt_version=prompt.version, messages=told)

    @activity.defn(name="transcript.observe")
    async def observe(self, request: Observe) -> Observed:
        """Use the tool; its result is kept as the model will be told it."""
        result = (await self._used(request)).model_dump(mode="json")
        told = CallResult(id=request.call, tool=request.offered_as, done=True, result=result)
        ref, size = await self._transcripts.keep(request.head, as_told(told))
        text = json.dumps(result, ensure_ascii=False)
        if len(text) > IN_HISTORY:
            return Observed(ref=ref, begins=text[:IN_HISTORY], size=size)
        return Observed(ref=ref, result=result)

    @activity.defn(name="transcript.compact")
    async def compact(self, request: Compact) -> Head:
        """Go on with a summary."""
        return await self._transcripts.compact(request.head, _SUMMARY.format(request.summary), request.room)

    async def _used(self, request: Observe) -> BaseModel:
        reader = self._readers.get(request.tool)
        if reader is None:
            raise BadInput(f"this worker has no tool {request.tool} that only reads: add it to workers/catalogue.py")
        try:
            argument = _argument(reader).validate_python(request.argument)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "argument"
            raise BadInput(f"what {request.tool} is to read cannot be right: {where}: {first['msg']}") from None
        return await reader(argument)


def as_told(result: CallResult) -> str:
    """A call's result, as the model reads it: data, which cannot end its turn."""
    return harmless(result.model_dump_json(exclude_none=True))


def _argument(reader: Reader) -> TypeAdapter[Any]:
    hints = {name: hint for name, hint in get_type_hints(reader).items() if name != "return"}
    return TypeAdapter(next(iter(hints.values())))
