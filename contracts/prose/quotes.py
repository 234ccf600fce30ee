"""Whether words are quoted."""

from contracts.prose.text import QUOTES_AND_DASHES

_PLAIN = str.maketrans(QUOTES_AND_DASHES)


def is_quoted_from(quote: str, source: str) -> bool:
    """Whether `quote` stands in `source`, letter by letter.

    White space, letter case, the shape of quotes and dashes and the quote's own full stop are forgiven, and nothing
    else. Fewer than three letters are no quote.
    """
    wanted = _even(quote).removesuffix(".").rstrip()
    return sum(letter.isalpha() for letter in wanted) >= 3 and wanted in _even(source)


def _even(text: str) -> str:
    return " ".join(text.translate(_PLAIN).split()).casefold()
