"""One line of a log: its format, its time, its level. Every pattern is tried on a cut line, and none can run away."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from pydantic_core import from_json

from contracts.logs import Level

LONGEST_LINE = 2_000
"""Characters of a line that are looked at."""

_SEVERITIES = (*[Level.CRITICAL] * 3, Level.ERROR, Level.WARNING, Level.INFO, Level.INFO, Level.DEBUG)
"""Of syslog, 0 to 7 (RFC 5424, 6.2.1)."""

_WORDS = {
    "trace": Level.DEBUG,
    "debug": Level.DEBUG,
    "info": Level.INFO,
    "notice": Level.INFO,
    "warn": Level.WARNING,
    "warning": Level.WARNING,
    "err": Level.ERROR,
    "error": Level.ERROR,
    "severe": Level.ERROR,
    "crit": Level.CRITICAL,
    "critical": Level.CRITICAL,
    "fatal": Level.CRITICAL,
    "alert": Level.CRITICAL,
    "emerg": Level.CRITICAL,
    "panic": Level.CRITICAL,
}
_LEVEL = re.compile(rf"\b({'|'.join(sorted(_WORDS, key=len, reverse=True))})\b", re.IGNORECASE)
_SHOUTED = re.compile(
    rf"\b({'|'.join(word.upper() for word in sorted(_WORDS, key=len, reverse=True))})\b"
    rf"|\b((?i:{'|'.join(sorted(_WORDS, key=len, reverse=True))}))\]?:"
)
"""In a line without a known form, `error` is a level only where it is written like one: ERROR, error: or [error]:"""
_NEAR = 80
"""Characters behind the time in which the level stands, if there is one."""

_SYSLOG = re.compile(r"<(\d{1,3})>1 (\S{1,40}) ")
_OLD_SYSLOG = re.compile(r"(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S{1,255} ")
_ISO = re.compile(r"\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z| ?[+-]\d\d:?\d\d)?)\]?[ \t:,-]*")
_ACCESS = re.compile(r'\S{1,255} \S{1,255} [^\["]{1,255} \[([^\]]{1,40})\] "[^"]{0,1500}" (\d{3}) ')
_LEVEL_KEYS = ("level", "severity", "levelname", "lvl")
_TIME_KEYS = ("time", "timestamp", "@timestamp", "ts")
_TEXT_KEYS = ("message", "msg", "event", "error")


class Line(NamedTuple):
    """What a line is. `text` is what it says, without the time where the form is known."""

    form: str
    time: str | None
    level: Level | None
    text: str


def read_line(line: str) -> Line:
    """Read one line, of at most LONGEST_LINE characters."""
    if line.startswith("{") and (read := _json(line)):
        return read
    if found := _SYSLOG.match(line):
        return Line("syslog (RFC 5424)", found[2], _severity(found[1]), line[found.end() :])
    if found := _OLD_SYSLOG.match(line):
        level = _severity(found[1]) if found[1] else _spoken(line[found.end() :])
        return Line("syslog (RFC 3164)", found[2], level, line[found.end() :])
    if found := _ISO.match(line):
        rest = line[found.end() :]
        word = _LEVEL.search(rest, 0, _NEAR)
        return Line("ISO time", found[1], _WORDS[word[1].lower()] if word else None, rest)
    if found := _ACCESS.match(line):
        return Line("access log", found[1], _of_status(int(found[2])), line)
    return Line("plain", None, _spoken(line), line)


def _severity(priority: str) -> Level:
    return _SEVERITIES[int(priority) % 8]


def _spoken(text: str) -> Level | None:
    word = _SHOUTED.search(text, 0, _NEAR)
    return _WORDS[(word[1] or word[2]).lower()] if word else None


def _of_status(status: int) -> Level:
    return Level.ERROR if status >= 500 else Level.WARNING if status >= 400 else Level.INFO


def _json(line: str) -> Line | None:
    try:
        value = from_json(line)
    except ValueError:
        return None
    if not isinstance(value, Mapping):
        return None
    level, time = _first(value, _LEVEL_KEYS), _first(value, _TIME_KEYS)
    text = _first(value, _TEXT_KEYS) or line
    return Line("JSON", time, _WORDS.get((level or "").lower()), text)


def _first(value: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    found = next((value[key] for key in keys if isinstance(value.get(key), str | int | float)), None)
    return None if found is None else str(found)[:LONGEST_LINE]
