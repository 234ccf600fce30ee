"""What a person types as a process's input, checked before anything is connected to."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from contracts.budgets import Budget
from contracts.catalogue import PROCESSES
from contracts.processes import Process, ProcessInput
from contracts.zones import KNOWN_BY
from runtime.problems import problem_line
from starters.failures import BAD_INPUT, Failure

LARGEST = 1_000_000
"""Bytes of an input; the server takes twice that, for everything about a start together."""


def find_process(name: str) -> Process:
    """The process of that name. Raises Failure."""
    if process := PROCESSES.get(name):
        return process
    raise Failure(BAD_INPUT, f'there is no process "{name}"; there are: {", ".join(PROCESSES)}')


def read_object(argument: str, what: str) -> dict[str, Any]:
    """The JSON object that `argument` holds, or names: JSON, `@FILE`, or `-` for stdin. Raises Failure."""
    where, data = _read(argument, what)
    return parse_object(data, where)


def parse_object(data: bytes, where: str) -> dict[str, Any]:
    """The JSON object that `data` is; `where` is what messages call it. Raises Failure."""
    try:
        value = parse_json(_text(data, where))
    except ValueError as error:
        raise Failure(BAD_INPUT, f"{where} {error}") from None
    if not isinstance(value, dict):
        raise Failure(BAD_INPUT, f'{where} must be a JSON object, like {{"name": "value"}}')
    return value


def parse_json(text: str) -> Any:
    """Strictly: no NaN, no key twice. Raises ValueError, whose words read well after what is parsed."""
    try:
        value = json.loads(text, parse_constant=_no_number, object_pairs_hook=_no_duplicates)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeEncodeError:
        raise ValueError("holds half of a character (a lone \\ud800 to \\udfff)") from None
    except (ValueError, RecursionError) as error:  # NaN, a number of thousands of digits, a thousand brackets
        raise ValueError(f"is not JSON that can be taken: {error}") from None
    return value


def read_budget(argument: str) -> dict[str, Any]:
    """The fields of a budget that `argument` holds, or names. Raises Failure."""
    given = read_object(argument, "--budget")
    try:
        Budget.model_validate(given)
    except ValidationError as error:
        names = ", ".join(Budget.model_fields)
        raise Failure(BAD_INPUT, f"--budget: {problem_line(error)}; a budget has: {names}") from None
    return given


def with_budget(given: Mapping[str, Any], budget: Mapping[str, Any]) -> dict[str, Any]:
    """The input with a budget, whose fields win over those of the input's own."""
    own = given.get("budget")
    # One that is no object is left to be refused.
    return {**given, "budget": {**(own or {}), **budget}} if own is None or isinstance(own, dict) else {**given}


def with_plan(process: Process, given: Mapping[str, Any], plan: str) -> dict[str, Any]:
    """The input with the plan that `plan` holds, or names. Raises Failure where the process takes none."""
    if "plan" not in process.input.model_fields:
        raise Failure(BAD_INPUT, f"{process.name} takes no plan: leave --plan out")
    return {**given, "plan": read_object(plan, "--plan")}


def build_request(process: Process, given: Mapping[str, Any], flags: Mapping[str, str | None]) -> ProcessInput:
    """The typed input; flags that are set replace fields of the same name. Raises Failure, which names the field."""
    try:
        return typed(process, {**given, **{name: flag for name, flag in flags.items() if flag is not None}})
    except ValidationError as error:
        advice = f"see `signoff schema {process.name}`"
        raise Failure(BAD_INPUT, f"this cannot start {process.name}: {problem_line(error)}; {advice}") from None


def typed(process: Process, given: Mapping[str, Any]) -> ProcessInput:
    """The input, time zones looked up. Raises ValidationError."""
    return process.input.model_validate(given, context={KNOWN_BY: _is_zone})


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _read(argument: str, what: str) -> tuple[str, bytes]:
    """(what messages call it, what it holds)."""
    try:
        if argument == "-":
            return "stdin", sys.stdin.buffer.read(LARGEST + 1)
        if argument.startswith("@"):
            with Path(argument[1:]).open("rb") as file:
                return argument[1:], file.read(LARGEST + 1)
        return what, argument.encode("utf-8", "surrogateescape")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise Failure(BAD_INPUT, f"{argument[1:] or 'a file name'} cannot be read: {reason}") from None


def _text(data: bytes, where: str) -> str:
    if len(data) > LARGEST:
        raise Failure(BAD_INPUT, f"{where} is larger than {LARGEST:,} bytes: too large for an input")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(BAD_INPUT, f"{where} is not UTF-8 text (byte {error.start + 1})") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'the key "{twice}" is there twice')
    return found
