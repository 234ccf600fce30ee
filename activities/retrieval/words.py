"""Queries by words. Whatever a query holds, nothing of it is syntax."""

import re

MOST_WORDS = 40
LONGEST_WORD = 60
_WORD = re.compile(r"\w+")
_USELESS = frozenset(
    _WORD.findall(
        "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me "
        "my of on or our so than that the their them then there they this to was we were what when where which who why "
        "will with would you your"
    )
)
"""Words of every document: they would make hits of those that have nothing else in common with the query."""


def telling_words(query: str) -> list[str]:
    """The words of a query that say what it is about, each in quotes: a string to FTS5, whatever it holds."""
    words = dict.fromkeys(word.lower()[:LONGEST_WORD] for word in _WORD.findall(query))
    return [f'"{word}"' for word in words if word not in _USELESS][:MOST_WORDS]
