"""What lies open at a gate, as a person reads it: every field of it, because all of it is approved."""

import json
from typing import Any

from starters.cli.output import clean

_CALENDAR = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "ORGANIZER", "ATTENDEE")


def render(subject: Any) -> str:
    """Short fields first, one a line; then the long ones, each under its name."""
    if not isinstance(subject, dict):
        return clean(_value(subject))
    values = {name: _value(value) for name, value in subject.items() if value not in (None, "")}
    short = [f"{name}: {value}" for name, value in values.items() if "\n" not in value]
    long = [f"\n{name}:\n{value.rstrip()}" for name, value in values.items() if "\n" in value]
    return clean("\n".join((*short, *long)))


def _value(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"name", "email"}:
        return f"{value['name']} <{value['email']}>"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return _invitation(value) if value.startswith("BEGIN:VCALENDAR") else value


def _invitation(calendar: str) -> str:
    """The lines of an iCalendar text that say what, when and who (RFC 5545: a long line goes on after a blank)."""
    lines = calendar.replace("\r\n", "\n").replace("\n ", "").splitlines()
    told = [line for line in lines if line.split(":")[0].split(";")[0] in _CALENDAR]
    return "".join(f"\n    {line}" for line in told) or calendar
