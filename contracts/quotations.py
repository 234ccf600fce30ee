"""Quotations: whether words stand in a source, and where. Pure code, and no model's word counts."""

import re

LEAST_LETTERS = 12
"""Fewer letters and digits are found anywhere, and prove nothing."""


def find_quotation(quote: str, source: str) -> tuple[int, int] | None:
    """The characters of `source` that are the quotation, letter by letter; None where it is not in it.

    White space counts as white space, however much, since documents break lines; nothing else is forgiven. It has to
    begin and end where a word does: half a word is no quotation.
    """
    words = quote.split()
    if sum(letter.isalnum() for letter in quote) < LEAST_LETTERS:
        return None
    for found in re.finditer(r"\s+".join(map(re.escape, words)), source):
        if not _cuts(source, found.start()) and not _cuts(source, found.end()):
            return found.span()
    return None


def _cuts(source: str, at: int) -> bool:
    """Whether a cut there goes through a word. Scripts without letter cases have no blanks between words."""
    return 0 < at < len(source) and _of_a_word(source[at - 1]) and _of_a_word(source[at])


def _of_a_word(letter: str) -> bool:
    return letter.isdigit() or letter.lower() != letter.upper()
