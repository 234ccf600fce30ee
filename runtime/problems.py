"""What is wrong with a value, in one line that a person can act upon."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_SHOWN = 3

_LABEL = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_LABEL_WORDS = "letters, digits, '.', '_' and '-', at most 64, beginning with a letter or digit"

_LENGTH = re.compile(r"datetime\.timedelta\((?:0|days=(\d+))\)")
"""How a bound on a length of time stands in pydantic's message."""


def problem_line(error: ValidationError) -> str:
    """The first problems as `field: what is wrong`. Never the value itself: it may be a secret."""
    found = error.errors(include_url=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in one['loc']) or 'value'}: {_words(one)}" for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more")
    # Field names come from the sender, and so could line breaks in them.
    return " ".join("; ".join(lines).split())[:500]


def _words(problem: ErrorDetails) -> str:
    """Pydantic's message, without what only programmers read."""
    if problem["type"] == "string_pattern_mismatch" and problem.get("ctx", {}).get("pattern") == _LABEL:
        return _LABEL_WORDS
    if bound := _LENGTH.search(problem["msg"]):
        return f"must be at most {bound[1]} days" if bound[1] else "must be longer than nothing"
    return problem["msg"].removeprefix("Value error, ")
