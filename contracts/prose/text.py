"""Text as the prose checks read it: folded, with a way back to the letters that were written."""

import unicodedata
from dataclasses import dataclass

_LETTERS = {
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "\u0131": "i", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th",
}  # fmt: skip
_MARKS = {"®": "", "™": "", "©": "", "\u00ad": ""}
QUOTES_AND_DASHES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}
"""Typographic signs and the plain ones that they stand for."""
_SPECIAL = _LETTERS | _MARKS | QUOTES_AND_DASHES

MASK = "\0"
"""Stands where something was read already, so that no later check reads it again."""


def _fold_letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    # Letter by letter: normalising a whole text takes quadratic time on a long run of combining marks.
    return "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))


@dataclass(frozen=True)
class Folded:
    """A text without diacritics, ligatures, typographic quotes and dashes; capitals stay."""

    text: str
    original: str
    offsets: tuple[int, ...]
    """For each letter of `text`, its place in `original`."""

    def quote(self, start: int, end: int) -> str:
        """The written letters of a stretch of `text`, on one line, 60 at most."""
        written = self.original[self.offsets[start] : self.offsets[end - 1] + 1]
        line = " ".join("".join(c if c.isprintable() else " " for c in written).split())
        return line if len(line) <= 60 else line[:59] + "…"


def fold(original: str) -> Folded:
    """Fold a text, in linear time."""
    letters = {letter: _fold_letter(letter) for letter in set(original)}
    pieces = [letters[letter] for letter in original]
    offsets = tuple(place for place, piece in enumerate(pieces) for _ in piece)
    return Folded("".join(pieces).replace(MASK, " "), original, offsets)
