"""Facts that stand in a text, by value, and whether other texts support them.

A mail and its sources are read by the same readers. A fact may be read in several ways (`12/03` is in March or in
December) and is supported when one of its readings is.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from contracts.prose.text import MASK

Claim = tuple[str | int | Decimal, ...]
"""A kind and a value, such as `("money", "EUR", 20000)`."""

Claims = tuple[Claim, ...]


@dataclass(frozen=True)
class Reader:
    """What it reads (a noun for messages), where, and how. No claims: the match is something else after all."""

    noun: str
    pattern: re.Pattern[str]
    claims: Callable[[re.Match[str]], Claims]


@dataclass(frozen=True)
class Fact:
    """One fact of a text and where it stands."""

    start: int
    end: int
    noun: str
    claims: Claims


def either(words: Iterable[str]) -> str:
    """A regular expression for one of the words, the longest that fits; blanks in it are any white space."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s") for word in longest_first) + ")"


def read_facts(text: str, readers: Iterable[Reader]) -> tuple[list[Fact], str]:
    """The facts, and the text with them masked. Each reader sees what the earlier ones left."""
    facts: list[Fact] = []
    for reader in readers:
        text = reader.pattern.sub(lambda match, reader=reader: _take(match, reader, facts), text)  # type: ignore[misc]
    return facts, text


def _take(match: re.Match[str], reader: Reader, facts: list[Fact]) -> str:
    claims = reader.claims(match)
    if not claims:
        return match[0]
    facts.append(Fact(match.start(), match.end(), reader.noun, claims))
    return MASK * len(match[0])
