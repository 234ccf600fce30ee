"""A reply while it streams in, and as it stands at its end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from activities.llm.arriving import note_arrival
from activities.providers.base import Completion, Finish, ToolCall
from contracts.llm import Usage

REPLY_LIMIT = 200_000
"""Bytes of a reply that are read, tool calls and reasoning among them; the rest is left unread, whoever pays for it."""

KEPT_OF_OVERLONG = 10_000
"""Characters that are recorded of a reply past that limit: enough to see what went wrong."""

MOST_TOKENS = 10_000_000
"""Of any model's window, for some years; a count above it, or below zero, is none."""

_LONGEST_NAME = 200
_A_CALL = 50
"""Bytes that a tool call counts for besides its arguments."""


@dataclass
class _Calling:
    """A tool call while it streams in."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass
class Reply:
    """What has come in so far. `hidden` takes the key out of a text: a server may echo it anywhere."""

    hidden: Callable[[str], str]
    reason: str | None = None
    refusal: str = ""
    response_model: str | None = None
    response_id: str | None = None
    request_id: str | None = None
    usage: Usage | None = None
    size: int = 0
    parts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: dict[int, _Calling] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Take in one more piece of text."""
        self.parts.append(text)
        self._count(text)

    def think(self, text: str) -> None:
        """Take in one more piece of what the provider tells apart as reasoning."""
        self.thoughts.append(text)
        self._count(text)

    def call(self, index: int, id: str | None, name: str | None, arguments: str | None) -> None:
        """Take in one more piece of a tool call. Providers number calls; its id and name come once, at its start."""
        if index not in self.calls:
            self.calls[index] = _Calling()
            self.size += _A_CALL
        calling = self.calls[index]
        calling.id, calling.name = id or calling.id, name or calling.name
        calling.arguments.append(arguments or "")
        self._count(arguments or "")

    def end(self, finish: Finish, note: str = "") -> Completion:
        """The reply as it stands now."""
        most = KEPT_OF_OVERLONG if finish is Finish.OVERLONG else None
        return Completion(
            text=self._clean("".join(self.parts)[:most]),
            finish=finish,
            reason=self._name(self.reason),
            note=self._clean(note),
            response_model=self._name(self.response_model),
            response_id=self._name(self.response_id),
            request_id=self._name(self.request_id or self.response_id),
            usage=self.usage if self.usage and self._is_possible(self.usage) else None,
            calls=() if finish is Finish.OVERLONG else tuple(self._called(one) for one in self.calls.values()),
            reasoning=self._clean("".join(self.thoughts)[:most]),
        )

    def _count(self, text: str) -> None:
        self.size += len(text.encode("utf-8", "surrogatepass"))
        note_arrival(len(text))

    def _is_possible(self, usage: Usage) -> bool:
        """No prompt is empty, and what was said was counted: a server that says otherwise has counted nothing."""
        counts = usage.model_dump().values()
        return (
            all(0 <= count <= MOST_TOKENS for count in counts)
            and usage.input_tokens > 0
            and (usage.output_tokens > 0 or not self.size)
        )

    def _called(self, one: _Calling) -> ToolCall:
        return ToolCall(
            self._clean(one.id)[:_LONGEST_NAME],
            self._clean(one.name)[:_LONGEST_NAME],
            self._clean("".join(one.arguments)),
        )

    def _name(self, text: str | None) -> str | None:
        return None if text is None else self._clean(text)[:_LONGEST_NAME]

    def _clean(self, text: str) -> str:
        return self.hidden(_whole(text))


def _whole(text: str) -> str:
    """Join surrogate pairs that two pieces split; replace lone halves, which are no text and cannot be recorded."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
