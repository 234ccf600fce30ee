"""Where sentences end, in notes of any language and any care."""

import re
from collections.abc import Iterator

_END = re.compile(r"(?<=[.!?])[\s\"')\]]|(?<=[\u3002\uff01\uff1f])|\n")
"""The escapes are the full stop and its like of Chinese and Japanese, which no blank follows."""


def ends(text: str, before: int) -> list[int]:
    """Places where a sentence has ended, in the first `before` characters."""
    return [found.start() for found in _END.finditer(text, 0, before)]


def sentences(text: str, longest: int) -> Iterator[str]:
    """Each sentence as it stands in the text; a long one up to a word's end within `longest` bytes of UTF-8."""
    start = 0
    for end in (*ends(text, len(text)), len(text)):
        sentence = text[start:end].strip()
        start = end
        if sentence:
            yield _shortened(sentence, longest)


def _shortened(sentence: str, longest: int) -> str:
    kept = sentence.encode()[:longest].decode(errors="ignore")
    return sentence if kept == sentence else (kept.rpartition(" ")[0] or kept).rstrip()
