"""From a reply's text to a value of its contract, or to what is wrong with it, in words that a model can act upon."""

import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

T = TypeVar("T", bound=BaseModel)

_THINKING = re.compile(r"<thinking>.*?(?:</thinking>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)


def without_thinking(text: str) -> str:
    """The reply without its private scratchpad, which stays in the record and goes no further."""
    return _THINKING.sub("", text)


def parsed(text: str, kind: type[T]) -> tuple[T | None, list[str]]:
    """The value that a reply holds, or what is wrong with it. A code fence and prose around it are overlooked.

    pydantic's own parser bounds nesting and numbers, so no reply can exhaust the stack.
    """
    problems = ["the reply is empty"]
    for candidate in _candidates(text):
        try:
            return kind.model_validate_json(candidate), []
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
        problems = [_in_words(one) for one in found]
        if found[0]["type"] != "json_invalid":
            break  # JSON, and not what was asked for: looking further would find a part of it
    return None, problems


def _candidates(text: str) -> Iterator[str]:
    """Where the JSON may stand, the plainest place first, and last where the error is the most telling."""
    yield text.strip()  # before the scratchpad is looked for: a string may speak of <thinking>
    rest = without_thinking(text)
    yield from (fenced.strip() for fenced in _FENCE.findall(rest))
    first, last = rest.find("{"), rest.rfind("}")
    if 0 <= first < last:
        yield rest[first : last + 1]


def _in_words(error: ErrorDetails) -> str:
    if error["type"] == "json_invalid":
        return f"the reply is not one JSON object: {error['msg'].removeprefix('Invalid JSON: ')}"
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else error["msg"]
