"""Names that no source mentions."""

import unicodedata
from collections.abc import Iterator

from contracts.prose.common import COMMON
from contracts.prose.sources import ENDING, WORD, Sources
from contracts.prose.text import Folded
from contracts.prose.words import ACRONYMS, NAMES_LIKE_FORMS, NAMES_LIKE_WORDS, TRANSLATED

_ALWAYS = frozenset(("i", "q", "a", "english"))
_SURE_ENDINGS = ("ly", "ing", "tion", "tions", "ness", "ful", "less", "able", "ous")
"""Few names end so."""
_ENDINGS = ("s", "es", "ed", "er", "ers", "or", "ors", "est")
_SENTENCE_ENDS = ".!?:;\n"
_BULLETS = "-*•"
_OPENING = "\"'([{_ \t"


def unknown_names(mail: Folded, masked: str, sources: Sources) -> Iterator[tuple[int, int]]:
    """Where names stand that no source mentions. `masked` is the mail without what other checks have read."""
    seen = sources.words.union(word[0] for word in WORD.finditer(masked) if word[0].islower())
    place = 0
    for line in masked.split("\n"):
        yield from _unknown_in_line(mail.text, place, place + len(line), masked, seen, sources)
        place += len(line) + 1


def _unknown_in_line(
    text: str, start: int, end: int, masked: str, seen: frozenset[str], sources: Sources
) -> Iterator[tuple[int, int]]:
    title = _is_title(text[start:end])
    opens = False
    for word in WORD.finditer(masked, start, end):
        place = word.start()
        # Both halves of "Follow-Up" stand where its first half stands.
        is_second_half = text[place - 1 : place] == "-" and text[place - 2 : place - 1].isalnum() and place > start
        opens = opens if is_second_half else title or _opens_sentence(text, place)
        if not _is_known(word[0], opens, seen, sources):
            yield word.span()


def _is_title(line: str) -> bool:
    """A line of capitalised words without a full stop, as subjects often are."""
    words = [word[0] for word in WORD.finditer(line) if len(word[0]) > 3]
    return line.rstrip()[-1:] not in (".", "!", ",") and sum(word[0].isupper() for word in words) > len(words) * 0.6


def _opens_sentence(text: str, place: int) -> bool:
    before = text[max(0, place - 20) : place]
    is_quoted = before[-1:] in ('"', "'")
    before = before.rstrip(_OPENING)
    return is_quoted or not before or before[-1] in _SENTENCE_ENDS or before[-1] in _BULLETS


def _is_known(word: str, opens: bool, seen: frozenset[str], sources: Sources) -> bool:
    stem = ENDING.sub("", word)
    key = stem.casefold()
    has_figure = any(letter.isdigit() for letter in word)
    if any(unicodedata.category(letter) == "Lo" for letter in word):
        return word.casefold() in sources.text  # scripts without capitals, and often without blanks between words
    if word.islower() and not has_figure:
        return True
    if key in sources.words or word.casefold() in sources.words:
        return key not in NAMES_LIKE_WORDS or key in sources.names or (opens and key in COMMON)
    if not sources.words.isdisjoint(TRANSLATED.get(key, ())):
        return True
    if has_figure or (stem.removesuffix("s").isupper() and len(stem) > 1):
        return not ACRONYMS.isdisjoint((key, key.removesuffix("s"))) or key in COMMON
    return key in _ALWAYS or (opens and _may_open(key, seen))


def _may_open(key: str, seen: frozenset[str]) -> bool:
    """Whether a sentence may begin with the word though no source has it. `seen`: words of the sources and the mail."""
    if key in COMMON:
        return True
    if key in NAMES_LIKE_WORDS or key in NAMES_LIKE_FORMS:
        return False
    return (len(key) > 5 and key.endswith(_SURE_ENDINGS)) or any(base in COMMON or base in seen for base in _bases(key))


def _bases(key: str) -> Iterator[str]:
    """What the word may be a form of: `printed` of `print`, `planners` of `plan`, `easier` of `easy`."""
    yield from (key, f"{key}s")
    for ending in _ENDINGS:
        stem = key.removesuffix(ending)
        if stem != key and len(stem) > 2:
            yield from (stem, f"{stem}e")
            if stem[-1] == "i":
                yield f"{stem[:-1]}y"
            if stem[-1] == stem[-2]:
                yield stem[:-1]
