"""How alike two names are, across scripts, orders and spellings. bench/names.md has what it is worth."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from anyascii import anyascii
from rapidfuzz.distance import OSA

from activities.tools.sounds import sound_likeness

Words = tuple[str, ...]

_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "monsieur", "madame", "senor", "senora", "sheikh")
)
_PARTICLES = frozenset(
    (
        *("al", "ad", "ar", "as", "az", "el", "ul", "bin", "ben", "ibn", "bint"),
        *("von", "van", "der", "de", "den", "da", "do", "dos", "del", "la", "le", "di", "du"),
    )
)
"""What some write and some leave out."""

_ARABIC_ARTICLE = re.compile(r"\b\u0627\u0644(?=\w{2})")
_SAME_VOWELS = (("oo", "u"), ("ee", "i"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
"""`ü` is written `u` or `ue`, a long vowel often as two."""

_INITIAL = 84.0
_CUT_OFF = 8
"""Letters of a word from which on it may be cut off, as machine readable zones do."""


def similarity(one: str, other: str) -> float:
    """From 0 to 100: how alike two names are, whichever comes first, and in whatever order their words stand.

    Only neighbours are ever taken for one word.
    """
    few, many = sorted((words(one), words(other)), key=len)
    if not few:
        return 0.0
    return max(_aligned(short, long) for short, long in ((few, many), *_joined(few, many)))


@lru_cache(maxsize=100_000)
def words(name: str) -> Words:
    """A name's words in small Latin letters: without marks, titles and particles."""
    composed = _ARABIC_ARTICLE.sub("", unicodedata.normalize("NFKC", name))
    latin = re.sub(r"['`\u2019]", "", "".join(map(_latin, composed))).lower()
    plain = [word for word in re.findall(r"[a-z]+", latin) if word not in _TITLES]
    # Of a script without capitals, `de` is a syllable.
    cased = not any(unicodedata.category(letter) == "Lo" for letter in composed)
    kept = [word for word in plain if not (cased and word in _PARTICLES)]
    return tuple(map(_folded, kept or plain))


def _latin(letter: str) -> str:
    latin = anyascii(letter)
    # What comes out of such a script with a capital is a syllable, and often a word.
    return f" {latin}" if unicodedata.category(letter) == "Lo" and latin[:1].isupper() else latin


def _folded(word: str) -> str:
    for two, one in _SAME_VOWELS:
        word = word.replace(two, one) if len(word) > 2 else word
    # Where no vowels are written, two letters are two consonants with one between them.
    return re.sub(r"(.)\1+", r"\1", word) if re.search("[aeiou]", word) else word


def _joined(few: Words, many: Words) -> list[tuple[Words, Words]]:
    """`Xiao Ming` is also written `Xiaoming`: each two neighbours of the longer name as one word."""
    both = ((few, many), (many, few)) if len(few) == len(many) else ((few, many),)
    joins = [(kept, join) for kept, one in both for join in _joins(one)]
    return [(kept, join) if len(kept) <= len(join) else (join, kept) for kept, join in joins]


def _joins(words: Words) -> list[Words]:
    return [(*words[:n], first + second, *words[n + 2 :]) for n, (first, second) in enumerate(pairwise(words))]


def _aligned(few: Words, many: Words) -> float:
    """Each word of the shorter name beside one of the longer: the likest two first, then the likest that are left."""
    beside = [(word_similarity(a, b), i, j) for i, a in enumerate(few) for j, b in enumerate(many)]
    # Equals in an order that hangs on the words alone: the same whichever name comes first.
    beside.sort(key=lambda one: (-one[0], *sorted((few[one[1]], many[one[2]]))))
    pairs: dict[int, tuple[float, int]] = {}
    left = dict(enumerate(many))
    for score, i, j in beside:
        if i not in pairs and j in left:
            pairs[i] = score, max(len(few[i]), len(left.pop(j)))
    mean = sum(score * weight for score, weight in pairs.values()) / sum(weight for _, weight in pairs.values())
    # A family shares a surname: the word that is the least alike counts as much as all together.
    least = min(score for score, _ in pairs.values())
    return max(0.0, (mean + least) / 2 - _missing(len(few), len(left)))


def _missing(matched: int, left: int) -> float:
    """What the words take away that only one of the names has; a single word is hardly a name."""
    return (25 if matched == 1 and left else 0) + 3 * min(left, 3)


@lru_cache(maxsize=200_000)
def word_similarity(one: str, other: str) -> float:
    """From 0 to 100, by letters and by sounds."""
    if one == other:
        return 100.0
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return _INITIAL if long[0] == short else 0.0
    if len(short) >= _CUT_OFF and long.startswith(short):
        return 95.0
    return max(100 * OSA.normalized_similarity(one, other), sound_likeness(one, other))
