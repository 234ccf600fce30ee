"""The fields of a subject that an approver may change: as text in a form, and back as an edit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from starters.inbox.text import lines, visible

PREFIX = "edit."
"""Before a field's name in the form."""

_SHORT = 120
"""Characters of a text that has a line to itself; a longer one may have several."""


@dataclass(frozen=True)
class Field:
    """One field as the form shows it, with `text` in it; `now`: what the subject has there by now, where it differs."""

    name: str
    text: str
    kind: str
    """`line` (shown whole all the same), `text`, `code` (JSON), or `switch` (true or false)."""
    problem: str | None = None
    now: str | None = None

    @property
    def hidden(self) -> str | None:
        """The text with what cannot be seen in it spelt out; None where there is nothing like that."""
        return spelt if (spelt := visible(self.text)) != self.text else None

    @property
    def rows(self) -> int:
        """How many lines it takes, about."""
        least = 1 if self.kind == "line" else 2
        return min(24, max(least, sum(1 + len(line) // 80 for line in self.text.split("\n"))))


def editable_fields(
    subject: Any, editable: Iterable[str], typed: Mapping[str, str], before: Any, problems: Mapping[str, str]
) -> dict[str, Field]:
    """The form's fields by name. What somebody typed stays; what they left alone is what it is now.

    `before`: the subject that they saw, where it was another.
    """
    found = {}
    for name in editable:
        if not isinstance(subject, dict) or name not in subject:
            continue
        now, then = as_text(subject[name]), as_text(before[name] if _has(before, name) else subject[name])
        said = lines(typed.get(f"{PREFIX}{name}", then))
        kept = said if said != lines(then) else now
        changed = now if now != then and kept != now else None
        found[name] = Field(name, kept, _kind(subject[name], kept), _about(name, problems), changed)
    return found


def edit_of(subject: Any, editable: Iterable[str], typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """(what was changed, what is wrong with it by field)."""
    edit: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in editable:
        if f"{PREFIX}{name}" not in typed or not _has(subject, name):
            continue
        text = lines(typed[f"{PREFIX}{name}"])
        if text == lines(as_text(subject[name])):
            continue
        try:
            value = text if _is_text(subject[name]) else _read(text)
        except ValueError as error:
            problems[name] = f"this is not JSON: {error}"
            continue
        if value != subject[name]:
            edit[name] = value
    return edit, problems


def as_text(value: Any) -> str:
    """A value as somebody edits it: text as it is, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def differing(before: Any, now: Any) -> list[str]:
    """The fields in which two subjects differ."""
    if not isinstance(before, dict) or not isinstance(now, dict):
        return []
    return [name for name in {**now, **before} if before.get(name) != now.get(name)]


def _kind(value: Any, text: str) -> str:
    if isinstance(value, bool):
        return "switch"
    if not _is_text(value):
        return "code"
    return "line" if len(text) <= _SHORT and "\n" not in text else "text"


def _about(name: str, problems: Mapping[str, str]) -> str | None:
    """What is wrong with a field, or with what is in it (`to.email`)."""
    said = [
        text if path == name else f"{path.removeprefix(name + '.')}: {text}"
        for path, text in problems.items()
        if path == name or path.startswith(f"{name}.")
    ]
    return "; ".join(said) or None


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def _read(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_number)
        # What reads well may still not be sent: a number that is too large, half of a character.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
