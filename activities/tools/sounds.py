"""How alike two words sound, whichever alphabet and country spelt them: consonants first, vowels for the rest."""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

_CONSONANTS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"s?chtsch|shch", "S"),
        (r"tsch|tch|sch|sh|cz|sz|zh|dzh|dj", "S"),
        (r"ts|tz", "s"),
        (r"kh|ck|q|g|c(?![eih])", "k"),
        (r"x", "ks"),
        (r"ph|[vw]", "f"),
        (r"c(?!h)|z", "s"),
        (r"(?<!c)h", ""),
    )
)
_READINGS = (("S", "S"), ("S", ""), ("k", "S"), ("k", ""))
"""`ch` and `j` are two sounds each, by country."""

_VOWELS = {"a": "a", "e": "i", "i": "i", "y": "i", "j": "i", "o": "o", "u": "o"}
"""Vowels that are taken for one another."""

_WORTH, _WORTH_OF_TWO = 96.0, 90.0
"""Of all consonants alike; two of them are few."""
_VOWELS_COST, _ENDING_COST = 12.0, 14.0
"""What other vowels take away, and an ending that makes another name of it: Petra is not Peter."""


@lru_cache(maxsize=200_000)
def sound_likeness(one: str, other: str) -> float:
    """From 0 to 100; 0 where either has no two consonants to compare."""
    likeness, fewest = max(_consonants_alike(a, b) for a in _consonants(one) for b in _consonants(other))
    if fewest < 2:
        return 0.0
    worth = (_WORTH if fewest > 2 else _WORTH_OF_TWO) * likeness
    vowels = _vowels(one), _vowels(other)
    if not all(vowels):  # a script that does not write them
        return worth
    unlike = 1 - OSA.normalized_similarity(*vowels)
    return worth - _VOWELS_COST * unlike - (_ENDING_COST if _ending(one) != _ending(other) else 0)


def _consonants_alike(one: str, other: str) -> tuple[float, int]:
    return OSA.normalized_similarity(one, other), min(len(one), len(other))


@lru_cache(maxsize=100_000)
def _consonants(word: str) -> frozenset[str]:
    if not re.search("[aeiou]", word):
        word = word[0] + re.sub("[vw]", "", word[1:])  # they stand for vowels there
    for pattern, to in _CONSONANTS:
        word = pattern.sub(to, word)
    read = (word.replace("ch", ch).replace("j", j) for ch, j in _READINGS)
    return frozenset(re.sub("[aeiouy]", "", one) for one in read)


@lru_cache(maxsize=100_000)
def _vowels(word: str) -> str:
    """Empty where none are written."""
    if not re.search("[aeiou]", word):
        return ""
    return re.sub(r"(.)\1+", r"\1", "".join(_VOWELS.get(letter, "") for letter in word))


def _ending(word: str) -> str:
    return _VOWELS.get(word.removesuffix("h")[-1:], "")
