"""Facts in a text, by value. A mail and its sources are read by the same readers."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from contracts.prose.text import MASK

Claim = tuple[str | int | Decimal, ...]
"""A kind and a value, such as `("money", "EUR", 20000)`."""

Readings = tuple[Claim, ...]
"""What one fact may mean: `12/03` is a day in March or in December."""


@dataclass(frozen=True)
class Reader:
    """What it reads (a noun for messages), where, and how: every fact of the match. None: it is something else."""

    noun: str
    pattern: re.Pattern[str]
    facts: Callable[[re.Match[str]], list[Readings]]


@dataclass(frozen=True)
class Fact:
    """One fact and where it stands."""

    start: int
    end: int
    noun: str
    readings: Readings


def either(words: Iterable[str]) -> str:
    """A regular expression for one of the words, the longest that fits; a blank is any white space."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s") for word in longest_first) + ")"


def read_facts(text: str, readers: Iterable[Reader]) -> tuple[list[Fact], str]:
    """The facts, and the text with them masked. Each reader sees what the earlier ones have left."""
    found: list[Fact] = []
    for reader in readers:
        text = _read(reader, text, found)
    return found, text


def _read(reader: Reader, text: str, found: list[Fact]) -> str:
    def take(match: re.Match[str]) -> str:
        facts = reader.facts(match)
        found.extend(Fact(match.start(), match.end(), reader.noun, readings) for readings in facts)
        return MASK * len(match[0]) if facts else match[0]

    return reader.pattern.sub(take, text)
