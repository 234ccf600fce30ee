"""An iCalendar invitation (RFC 5545) as a person reads it: what, when, who."""

import re
from dataclasses import dataclass
from datetime import datetime

_LINE = re.compile(r'([A-Za-z-]+)((?:;[A-Za-z-]+=(?:"[^"]*"|[^";:])*)*):(.*)')
_PARAMETER = re.compile(r';([A-Za-z-]+)=(?:"([^"]*)"|([^";:]*))')
_WRAPPING = ("BEGIN", "END", "VERSION", "PRODID", "METHOD", "DTSTAMP", "UID")
_NAMES = {"SUMMARY": "What", "LOCATION": "Where", "ORGANIZER": "From", "ATTENDEE": "To", "DESCRIPTION": "Says"}


@dataclass(frozen=True)
class Invitation:
    """One meeting. `rows` are what it says, by name; `text` is what is sent."""

    rows: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True)
class _Property:
    name: str
    parameters: dict[str, str]
    value: str


def read_invitation(text: str) -> Invitation | None:
    """The invitation of a text that is one; `rows` are empty where there is more than one meeting in it."""
    if not text.startswith("BEGIN:VCALENDAR"):
        return None
    # A long line goes on after a blank.
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    found = [_property(match) for line in lines if (match := _LINE.fullmatch(line))]
    names = [one.name for one in found]
    if names.count("BEGIN") != 2 or names.count("DTSTART") != 1 or names.count("DTEND") > 1:
        return Invitation((), text)
    starts, ends = (next((one for one in found if one.name == name), None) for name in ("DTSTART", "DTEND"))
    rows = [("When", _when(starts, ends))] if starts else []
    rows += [(_NAMES.get(one.name, one.name), _told(one)) for one in found if one.name not in (*_WRAPPING, *_TIMES)]
    return Invitation(tuple(rows), text)


_TIMES = ("DTSTART", "DTEND")


def _property(match: re.Match[str]) -> _Property:
    name, parameters, value = match.groups()
    return _Property(
        name.upper(),
        {name.upper(): _uncaret(quoted or plain) for name, quoted, plain in _PARAMETER.findall(parameters)},
        value,
    )


def _uncaret(text: str) -> str:
    """RFC 6868: how a parameter holds a quotation mark."""
    return re.sub(r"\^([n'^])", lambda match: {"n": "\n", "'": '"', "^": "^"}[match[1]], text)


def _told(one: _Property) -> str:
    if one.name in ("ORGANIZER", "ATTENDEE"):
        address = re.sub(r"(?i)^mailto:", "", one.value)
        return f"{one.parameters['CN']} <{address}>" if "CN" in one.parameters else address
    return re.sub(r"\\([nN,;\\])", lambda match: "\n" if match[1] in "nN" else match[1], one.value)


def _when(starts: _Property, ends: _Property | None) -> str:
    begin, end = _moment(starts), _moment(ends) if ends else None
    if begin is None or (ends and end is None):
        return f"{starts.value} to {ends.value}" if ends else starts.value
    zone = _zone(starts)
    day = f"{begin:%A}, {begin.day} {begin:%B %Y}, {begin:%H:%M}"
    until = ""
    if ends and end:
        same = end.date() == begin.date() and _zone(ends) == zone
        until = f" to {end:%H:%M}" if same else f" to {end:%Y-%m-%d %H:%M} {_zone(ends)}".rstrip()
    return f"{day}{until} ({zone})" if zone else f"{day}{until}"


def _moment(one: _Property) -> datetime | None:
    try:
        return datetime.strptime(one.value.removesuffix("Z"), "%Y%m%dT%H%M%S")
    except ValueError:
        return None


def _zone(one: _Property) -> str:
    return "UTC" if one.value.endswith("Z") else one.parameters.get("TZID", "")
