"""Reading a proof bundle's file, as somebody may have left it. Nothing of it is believed before its digest holds."""

import json
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pydantic import ValidationError

from contracts.gates import canonical, json_digest
from runtime.problems import problem_line
from starters.audit.bundle import Bundle
from starters.failures import BAD_INPUT, Failure

LARGEST = 100_000_000
"""Bytes."""


class Broken(Exception):
    """The first thing that does not hold: one line."""


class Read(NamedTuple):
    """A bundle whose digest holds."""

    bundle: Bundle
    sha256: str


def read_file(path: Path) -> bytes:
    """Raises Failure where it cannot be read, Broken where it is too large to be a bundle."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise Failure(BAD_INPUT, f"{path} cannot be read: {reason}") from None
    if len(data) > LARGEST:
        raise Broken(f"it is larger than {LARGEST:,} bytes, which no bundle is")
    return data


def read_bundle(data: bytes) -> Read:
    """Raises Broken: not a bundle, not as `signoff audit` wrote it, or not whole."""
    value = _json(data)
    if not isinstance(value, dict) or value.keys() != {"bundle", "sha256"}:
        raise Broken("it is no proof bundle: write one with `signoff audit ID --out FILE`")
    try:
        if canonical(value) != data:
            raise Broken("its bytes are not as `signoff audit` writes them (canonical JSON)")
        if json_digest(value["bundle"]) != value["sha256"]:
            raise Broken("its SHA-256 is not that of what it holds: it was changed")
        return Read(Bundle.model_validate(value["bundle"]), value["sha256"])
    except RecursionError:
        raise Broken("it is nested more deeply than any bundle is") from None
    except ValidationError as error:
        raise Broken(f"it is no proof bundle that this version knows: {problem_line(error)}") from None


def _json(data: bytes) -> Any:
    try:
        # A message of a hostile sender may hold half of a character, which the bundle has as it was sent.
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Broken(f"it is not UTF-8 text (byte {error.start + 1})") from None
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        raise Broken(f"it is not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise Broken("it is nested more deeply than any bundle is") from None
    except ValueError as error:  # NaN, a name that is there twice, a number of thousands of digits
        raise Broken(f"it is not JSON that a bundle can be: {str(error)[:200]}") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
