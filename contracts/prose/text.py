"""Text as the prose checks read it: folded, with a way back to the letters that were written."""

import unicodedata
from dataclasses import dataclass

_LETTERS = {
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th",
}  # fmt: skip
_MARKS = {"®": "", "™": "", "©": "", "\u00ad": "", "´": "'", "`": "'"}
QUOTES_AND_DASHES = {
    **dict.fromkeys("‘’‚‛ʼ′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
"""Typographic signs and the plain ones that they stand for."""

MASK = "\0"
"""Stands where something was read already, so that no later check reads it again."""


def _fold_letter(letter: str) -> str:
    special = _LETTERS | _MARKS | QUOTES_AND_DASHES
    if letter in special:
        return special[letter]
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
