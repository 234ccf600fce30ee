"""What a log says, counted. Whatever the text is, the time and the memory that this takes are bounded."""

import re
from collections import Counter, deque
from dataclasses import dataclass, field

from activities.tools.log_lines import LONGEST_LINE, read_line
from contracts.logs import Level, LogException, LogLine, LogProblem, LogReport

MOST_LINES = 50_000
"""That are read: of a longer log the first half of them, and the last."""

MOST_SHOWN = 20
"""Problems, exceptions and lines found, each."""

MOST_LAST = 8
"""Lines from the log's end."""

_LONGEST_SHOWN = 300
_MOST_KINDS = 2_000
"""Of problems that are told apart; later ones are counted by their level only."""

_BEGINS = "Traceback (most recent call last):"
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+")
_RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass
class _Seen:
    first: LogLine
    level: Level
    count: int = 1
    at: str = ""


@dataclass
class _Reading:
    """What has been read so far."""

    contains: str
    formats: Counter[str] = field(default_factory=Counter)
    levels: Counter[Level] = field(default_factory=Counter)
    times: list[str] = field(default_factory=list)
    problems: dict[str, _Seen] = field(default_factory=dict)
    exceptions: dict[str, _Seen] = field(default_factory=dict)
    found: list[LogLine] = field(default_factory=list)
    last: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=MOST_LAST))
    place: str | None = None
    """Within a traceback, the last place that it named; None outside."""

    def take_all(self, text: str, start: int, number: int, count: int) -> None:
        """So many lines, from a place on. Of each one only its head is looked at; without line ends there is one."""
        for nth in range(number, number + count):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            self.take(nth, text[start : min(end, start + LONGEST_LINE)].rstrip("\r"))
            start = end + 1

    def take(self, number: int, text: str) -> None:
        """One line."""
        self.last.append((number, text))
        if self.contains and len(self.found) < MOST_SHOWN and self.contains in text.casefold():
            self.found.append(_shown(number, text))
        if text.rstrip().endswith(_BEGINS):
            self.place = ""
        elif self.place is not None and self._in_traceback(number, text):
            return
        line = read_line(text)
        self.formats[line.form] += 1
        if line.time:
            self.times = [*self.times[:1], line.time]
        if line.level:
            self.levels[line.level] += 1
            if _RANKS[line.level] >= _RANKS[Level.WARNING] and not text.rstrip().endswith(_BEGINS):
                _count(self.problems, line.text, _shown(number, text), line.level)

    def _in_traceback(self, number: int, text: str) -> bool:
        if not text.strip() or text[0] in " \t":
            if text.lstrip().startswith("File "):
                self.place = text.strip()[:_LONGEST_SHOWN]
            return True
        place, self.place = self.place, None
        # The line that names the exception has no form of its own; one that does is the log going on.
        if read_line(text).form != "plain":
            return False
        if seen := _count(self.exceptions, text, _shown(number, text), Level.ERROR):
            seen.at = place or ""
        return True


def report(text: str, contains: str = "") -> LogReport:
    """Read a log."""
    reading = _Reading(contains.casefold())
    total = text.count("\n") + (not text.endswith("\n") and bool(text))
    half = total if total <= MOST_LINES else MOST_LINES // 2
    reading.take_all(text, 0, 1, half)
    if half < total:
        reading.take_all(text, _start_of_last(text, half), total - half + 1, half)
    return LogReport(
        lines=total,
        skipped=max(0, total - 2 * half),
        formats=dict(reading.formats),
        levels={level: reading.levels[level] for level in Level if level in reading.levels},
        first_time=_plain(reading.times[0]) if reading.times else None,
        last_time=_plain(reading.times[-1]) if reading.times else None,
        problems=tuple(
            LogProblem(level=one.level, count=one.count, first=one.first) for one in _worst(reading.problems)
        ),
        exceptions=tuple(
            LogException(count=one.count, first=one.first, raised_at=_plain(one.at))
            for one in _worst(reading.exceptions)
        ),
        found=tuple(reading.found),
        last_lines=tuple(_shown(number, line) for number, line in reading.last),
    )


def _start_of_last(text: str, count: int) -> int:
    """Where the last so many lines begin."""
    end = len(text) - text.endswith("\n")
    for _ in range(count):
        end = text.rfind("\n", 0, end)
    return end + 1


def _count(kinds: dict[str, _Seen], text: str, shown: LogLine, level: Level) -> _Seen | None:
    """Lines that differ in their numbers alone are of one kind."""
    kind = _NUMBERS.sub("#", text)[:_LONGEST_SHOWN]
    if seen := kinds.get(kind):
        seen.count += 1
        return None
    if len(kinds) >= _MOST_KINDS:
        return None
    kinds[kind] = _Seen(shown, level)
    return kinds[kind]


def _worst(kinds: dict[str, _Seen]) -> list[_Seen]:
    return sorted(kinds.values(), key=lambda one: (-_RANKS[one.level], -one.count, one.first.number))[:MOST_SHOWN]


def _shown(number: int, text: str) -> LogLine:
    return LogLine(number=number, text=_plain(text[:_LONGEST_SHOWN]))


def _plain(text: str) -> str:
    """Without what a terminal or a page could take for a command."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:_LONGEST_SHOWN].replace("\t", " "))
