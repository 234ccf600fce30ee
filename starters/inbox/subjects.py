"""What lies open at a gate, laid out to be read: a mail as a mail, anything else as a report of its fields."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starters.inbox.fields import Field
from starters.inbox.invitations import Invitation, read_invitation

_DEEPEST = 4
"""Levels of a value that are laid out; what lies deeper is shown as JSON."""

_MAIL = {"sender": "From", "to": "To", "subject": "Subject", "body": "Message", "invitation": "Attached"}


@dataclass(frozen=True)
class Part:
    """One field of the subject. `kind` says how it is shown; `field` is set where it may be changed."""

    name: str
    label: str
    kind: str
    """`text`, `rows` (pairs of label and Part), `items` (Parts), `invitation`, `code`."""
    value: Any
    field: Field | None = None

    @property
    def is_long(self) -> bool:
        """Whether it wants the page's width."""
        return self.kind != "text" or "\n" in self.value or len(self.value) > 200


@dataclass(frozen=True)
class Subject:
    """All of it: whatever is there is approved."""

    is_mail: bool
    parts: tuple[Part, ...]


def lay_out(subject: Any, fields: Mapping[str, Field]) -> Subject:
    """The subject's parts. Of a mail those that a mail program shows come first."""
    if not isinstance(subject, dict):
        return Subject(False, (_part("", subject, 0),))
    is_mail = {"to", "subject", "body"} <= subject.keys()
    order = [name for name in _MAIL if name in subject] if is_mail else []
    order += [name for name in subject if name not in order]
    return Subject(
        is_mail,
        tuple(
            _part(name, subject[name], 0, _MAIL.get(name) if is_mail else None, fields.get(name))
            for name in order
            if name in fields or subject[name] not in (None, "", [], {})
        ),
    )


def words(name: str) -> str:
    """A field's name as people write: `last_reply` is `Last reply`."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _part(name: str, value: Any, depth: int, label: str | None = None, field: Field | None = None) -> Part:
    kind, shown = _laid_out(value, depth)
    return Part(name, label or words(name), kind, shown, field)


def _laid_out(value: Any, depth: int) -> tuple[str, Any]:
    match value:
        case str():
            invitation: Invitation | None = read_invitation(value)
            return ("invitation", invitation) if invitation else ("text", value)
        case bool() | None:
            return "text", {True: "yes", False: "no", None: "nothing"}[value]
        case int() | float():
            return "text", str(value)
        case {"name": str(name), "email": str(email)} if len(value) == 2:
            return "text", f"{name} <{email}>"
        case dict() | list() if not value:
            return "text", "nothing"
        case dict() if depth < _DEEPEST and not _is_schema(value):
            return "rows", tuple(_part(str(name), one, depth + 1) for name, one in value.items())
        case list() if depth < _DEEPEST:
            return "items", tuple(_part("", one, depth + 1) for one in value)
        case _:
            return "code", json.dumps(value, ensure_ascii=False, indent=2)


def _is_schema(value: dict[str, Any]) -> bool:
    """JSON Schema is for copying from, not for reading."""
    return "properties" in value and "type" in value
