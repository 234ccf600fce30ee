"""Whether words are quoted."""

import re

from contracts.prose.text import QUOTES_AND_DASHES

_PLAIN = str.maketrans(QUOTES_AND_DASHES)


def is_quoted_from(quote: str, source: str) -> bool:
    """Whether `quote` stands in `source`, letter by letter.

    White space, letter case, the shape of quotes and dashes and the quote's own full stop are forgiven, and nothing
    else. Fewer than three letters are no quote.
    """
    wanted = _even(quote).removesuffix(".").rstrip()
    return sum(letter.isalpha() for letter in wanted) >= 3 and wanted in _even(source)


def stands_in(words: str, text: str) -> bool:
    """Whether `words`, however few, stand in `text` as whole words; forgiven is what `is_quoted_from` forgives."""
    wanted = re.escape(_even(words).removesuffix(".").rstrip())
    return wanted != "" and re.search(rf"(?<![A-Za-z0-9]){wanted}(?![A-Za-z0-9])", _even(text)) is not None


def _even(text: str) -> str:
    return " ".join(text.translate(_PLAIN).split()).casefold()
