"""From a reply's text to a value of its contract, or to what is wrong with it, in words that a model can act upon."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts.outputs import OutputContract

_THINKING = re.compile(r"<thinking>.*?(?:</thinking>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_MOST_PROBLEMS = 8
_LONGEST_PROBLEM = 300


def without_thinking(text: str) -> str:
    """The reply without its private scratchpad, which stays in the record and goes no further."""
    return _THINKING.sub("", text)


def judged(text: str, contract: OutputContract[Any, Any], facts: BaseModel) -> tuple[BaseModel | None, tuple[str, ...]]:
    """The value that `text` holds, and what is wrong with it; no problems means that it fits."""
    value, problems = _parsed(text, contract.value)
    if value is not None:
        problems = _checked(value, contract, facts)
    return value, tuple(problem[:_LONGEST_PROBLEM] for problem in problems[:_MOST_PROBLEMS])


def _parsed(text: str, kind: type[BaseModel]) -> tuple[BaseModel | None, list[str]]:
    problems = ["the reply is empty"]
    for candidate in _candidates(text):
        try:
            return kind.model_validate_json(candidate), []
        except ValidationError as error:
            problems = [_in_words(one) for one in error.errors(include_url=False, include_context=False)]
            if not _is_no_json(error):
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


def _is_no_json(error: ValidationError) -> bool:
    return any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_context=False))


def _in_words(error: ErrorDetails) -> str:
    if error["type"] == "json_invalid":
        return f"the reply is not one JSON object: {error['msg'].removeprefix('Invalid JSON: ')}"
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else error["msg"]


def _checked(value: BaseModel, contract: OutputContract[Any, Any], facts: BaseModel) -> list[str]:
    try:
        return contract.check(value, facts)
    except Exception as error:  # the reply is paid for: were this to fail the call, it would be bought again
        return [f"the check of {contract.name} failed on this reply ({type(error).__name__})"]
