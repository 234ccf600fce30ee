"""A tolerant reader of JSON: what models write that is nearly JSON, turned into JSON, and nothing guessed.

A defect is mended only where one reading is left, so that no word is added, lost or moved:

    a comma before a closing bracket; a comma forgotten at a line's end before a quoted key, or between two brackets;
    comments; quotes of another kind; keys without quotes; True, False, None; in a string: \\' and line ends and control
    characters as they are; the brace that closes the whole, where the caller finds that nothing can be missing.

All else is refused, and the next rung of the ladder asks again: a text that breaks off in a string, a number, a list or
an inner object, a quote inside a string that is not escaped, any other wrong escape, a value that is missing, a comment
that speaks of something left out. Libraries that mend these too make up an end for a text that has none.

Two defects can have a second reading where each alone has one: a comment with a quote in it may be the rest of a
string, what is missing after a comment may stand in it, and a string in typographic quotes may hold such quotes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from activities.llm.literals import COMMENT, QUOTES, Literal, Unreadable, at_end, key, literal, no_words

DEEPEST = 100
"""Levels of nesting. No contract needs them; pydantic's own limit is 200."""

_SHOWN_STEPS = 6
_SHOWN_NAME = 40
_SHOWN_TWICE = 8
_BLANKS = re.compile(r"[ \t\r\n]*+")
_BETWEEN = re.compile(rf"(?:[\s\ufeff\u200b]++|{COMMENT.pattern})*+")
_KEY_FOLLOWS = re.compile(r"[\"'\u201c\u2018][^\"'\u201d\u2019\n]*+[\"'\u201d\u2019][ \t]*+:")
_CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Read:
    """One value as JSON. `end` is where it ended in the text; `defect` is the first thing that was mended."""

    json: str
    end: int
    defect: str = ""
    members: tuple[tuple[str, str], ...] | None = None
    """Of an object: each key with its value as JSON."""
    twice: tuple[str, ...] = ()
    """Where a key stands twice in one object."""
    unclosed: bool = False
    """Whether the text ended before the brace that closes the whole."""
    quotes: frozenset[str] = frozenset()
    """What ended its strings, besides double quotes."""


@dataclass
class _Level:
    """An object or a list that is being read."""

    bracket: str
    keys: set[str] = field(default_factory=set)
    name: str = ""
    items: int = 0


def read(text: str, at: int = 0) -> Read:
    """The value that begins at `at`. Raises Unreadable. Linear in the text, without recursion."""
    return _Reader(text, at).read()


class _Reader:
    """Reads one value, token by token; `_step` is what is expected next."""

    def __init__(self, text: str, at: int) -> None:
        self._text, self._at = text, at
        self._out: list[str] = []
        self._levels: list[_Level] = []
        self._step: Callable[[], None] | None = self._value
        self._defect = ""
        self._last = ""
        self._ended = True
        self._twice: list[str] = []
        self._members: list[tuple[str, str]] | None = None
        self._member_from = 0
        self._unclosed = False
        self._quotes: set[str] = set()
        self._commented = False

    def read(self) -> Read:
        """To the end of the value."""
        self._skip()
        if self._peek() == "{":
            self._members = []
        while self._step is not None:
            self._step()
        members = None if self._members is None else tuple(self._members)
        return Read(
            "".join(self._out),
            self._at,
            self._defect,
            members,
            tuple(self._twice),
            self._unclosed,
            frozenset(self._quotes - {'"'}),
        )

    def _value(self) -> None:
        self._last = self._peek()
        self._step = self._after
        if self._last and self._last in "{[":
            self._open()
            return
        one = self._take(literal)
        self._ended = one.ended
        self._out.append(one.json)

    def _open(self) -> None:
        if len(self._levels) == DEEPEST:
            raise Unreadable(f"it is nested deeper than {DEEPEST} levels")
        self._levels.append(_Level(self._last))
        self._out.append(self._last)
        self._at += 1
        self._skip()
        if self._peek() == _CLOSING[self._last]:
            self._close()
        else:
            self._step = self._key if self._last == "{" else self._value

    def _close(self) -> None:
        self._out.append(_CLOSING[self._levels.pop().bracket])
        self._at += 1
        self._last = self._out[-1]
        self._ended = True
        self._step = self._after

    def _key(self) -> None:
        level, name = self._levels[-1], self._take(key).json
        level.name = json.loads(name)
        if level.name in level.keys and len(self._twice) < _SHOWN_TWICE:
            self._twice.append(self._path())
        level.keys.add(level.name)
        self._skip()
        if self._peek() != ":":
            self._refuse("a colon is missing after a key")
        self._at += 1
        self._skip()
        self._out += (name, ":")
        if len(self._levels) == 1:
            self._member_from = len(self._out)
        self._step = self._value

    def _after(self) -> None:
        """After a value: a comma, a closing bracket, or the end."""
        if self._levels and self._members is not None and len(self._levels) == 1:
            self._members.append((self._levels[0].name, "".join(self._out[self._member_from :])))
        if not self._levels:
            self._step = None
            return
        self._levels[-1].items += 1
        new_line = "\n" in self._skip()
        found, closing = self._peek(), _CLOSING[self._levels[-1].bracket]
        if found == closing:
            self._close()
        elif found == ",":
            self._comma(closing)
        elif self._commented:
            self._refuse(f"a comma or {closing} is missing, or stands in a comment: write no comments")
        elif at_end(self._text, self._at):
            self._end()
        elif self._comma_forgotten(found, new_line):
            self._mend("a comma is missing")
            self._next()
        else:
            self._stray(closing)

    def _comma(self, closing: str) -> None:
        self._at += 1
        self._skip()
        if self._peek() == closing:
            self._mend(f"a comma before {closing}")
            self._close()
        else:
            self._next()

    def _next(self) -> None:
        self._out.append(",")
        self._step = self._key if self._levels[-1].bracket == "{" else self._value

    def _comma_forgotten(self, found: str, new_line: bool) -> bool:
        if self._levels[-1].bracket == "{":
            return new_line and _KEY_FOLLOWS.match(self._text, self._at) is not None
        return found in "{[" and self._last == _CLOSING[found]

    def _stray(self, closing: str) -> None:
        if self._last in ("}", "]") and self._peek() in ("}", "]"):
            self._refuse(f"{closing} is missing, or a bracket is closed that was not open")
        if self._last in QUOTES:
            self._refuse(f'a string is not followed by a comma or {closing}: write a quote inside a string as \\"')
        self._refuse(f"a comma or {closing} is missing")

    def _end(self) -> None:
        if len(self._levels) > 1 or self._levels[0].bracket == "[" or not self._ended:
            self._refuse("the text breaks off")
        self._mend("the closing brace is missing")
        self._out.append("}")
        self._unclosed = True
        self._step = None

    def _take(self, reading: Callable[[str, int], Literal]) -> Literal:
        if self._peek() in QUOTES:
            self._quotes.add(QUOTES[self._peek()])
        try:
            one = reading(self._text, self._at)
        except Unreadable as why:
            self._refuse(str(why))
        if one.defect:
            self._mend(one.defect)
        self._at = one.end
        return one

    def _skip(self) -> str:
        """Past blanks and comments; answers with them."""
        start = self._at
        self._commented = False
        self._pass(_BLANKS)
        after = self._peek()
        if after and (after in "/#\ufeff\u200b" or after.isspace()):
            self._pass(_BETWEEN)
            for comment in COMMENT.findall(self._text[start : self._at]):
                self._commented = True
                if why := no_words(comment, self._quotes):
                    self._refuse(why)
            self._mend("a comment, or a blank that is not JSON's")
        return self._text[start : self._at]

    def _pass(self, what: re.Pattern[str]) -> None:
        found = what.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _mend(self, defect: str) -> None:
        self._defect = self._defect or f"{self._where()}{defect}"

    def _refuse(self, why: str) -> NoReturn:
        raise Unreadable(f"{self._where()}{why}")

    def _where(self) -> str:
        path = self._path()
        return f"at {path}: " if path else ""

    def _path(self) -> str:
        names = [level.name[:_SHOWN_NAME] if level.bracket == "{" else str(level.items) for level in self._levels]
        return ".".join(name for name in names[:_SHOWN_STEPS] if name)
