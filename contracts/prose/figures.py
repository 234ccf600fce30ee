"""The check of a report's words: each figure and each name must be said by a fact, about the same thing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from pydantic import BaseModel, ConfigDict, Field

from contracts.prose.check import MOST_PROBLEMS, Found, read_layout
from contracts.prose.claims import Figure, read_figures
from contracts.prose.facts import either
from contracts.prose.names import unknown_names
from contracts.prose.sources import read_sources
from contracts.prose.text import MASK, Folded, fold

_CLAUSE_ENDS = re.compile(
    r"[,;:()\n]|(?<![\w-])(?:and|but|while|whereas|exceeds?|above|below|than)(?![\w-])", re.IGNORECASE
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")
_TOKEN = re.compile(r"(?<![\w-])\w+(?:[-_/.:#]\w+)*(?![\w-])")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


class Statement(BaseModel):
    """A fact in words. It counts where a text speaks of all that it is `about`: names, ids, and words (`*` stands for
    any ending); about nothing, it is about the whole, and counts where a text speaks of nothing in particular."""

    model_config = ConfigDict(frozen=True)

    says: str
    about: tuple[str, ...] = Field(default=())


@dataclass(frozen=True)
class _Fact:
    says: str
    about: frozenset[str]
    figures: tuple[Figure, ...]
    ids: frozenset[str]


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    of: str


class _Lore:
    """All facts, read once."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.sources = read_sources([one.says for one in statements] + [a for one in statements for a in one.about])
        subjects = {_plain(about): about for one in statements for about in one.about}
        self.ids = {plain for plain in subjects if any(letter.isdigit() for letter in plain)}
        self.names = {
            plain for plain in subjects if plain not in self.ids and "*" not in plain and plain in _named(subjects)
        }
        self._others = [plain for plain in subjects if plain not in self.ids]
        self.facts = [self._read(one) for one in statements]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        stems = [re.escape(plain[:-1]) + r"\w*" for plain in self._others if plain.endswith("*")]
        exact = either(plain for plain in self._others if not plain.endswith("*"))
        return re.compile(rf"(?<!\w)(?:{'|'.join([*([exact] if len(exact) > 4 else []), *stems]) or '(?!)'})(?!\w)")

    def mentions(self, text: str) -> list[_Mention]:
        """Of ids, names and words that facts are about, in a folded text."""
        small = text.casefold() if len(text.casefold()) == len(text) else text.lower()
        tokens = (token for token in _TOKEN.finditer(small) if token[0] in self.ids)
        found = [_Mention(token.start(), token.end(), token[0]) for token in tokens]
        found += [
            _Mention(match.start(), match.end(), self._which(match[0])) for match in self._pattern.finditer(small)
        ]
        return found

    def _which(self, written: str) -> str:
        plain = re.sub(r"\s", " ", written)
        if plain in self._others:
            return plain
        return next(one for one in self._others if one.endswith("*") and plain.startswith(one[:-1]))

    def _read(self, statement: Statement) -> _Fact:
        text = fold(statement.says).text
        found = self.mentions(text)
        ids = frozenset(one.of for one in found if one.of in self.ids)
        figures, _ = read_figures(_masked(text, found))
        return _Fact(statement.says, frozenset(map(_plain, statement.about)), tuple(figures), ids)


def figure_problems(text: str, statements: Sequence[Statement]) -> list[str]:
    """What an English report's `text` says that no statement says, in words that a model can act upon; at most 8.

    A figure is right when a statement says it: the same value, or one rounded as the text says (`about`, `over`,
    `1.2 million`); the same currency or unit; counting the same things (`3 deposits` are no `3 days`); in a statement
    about what the clause, else its sentence, speaks of. An id must be one of those whom its sentence names. Names must
    be those of the statements, whole or in part, and not put together anew.

    What it cannot see: a claim without a figure or a name ("this is common"); a figure that another statement about
    the same thing says of the same kind of things.
    """
    lore, mail = _lore(tuple(statements)), fold(text)
    mentions = lore.mentions(mail.text)
    # What the facts themselves say is no placeholder, however it is spelt.
    plain = replace(mail, text=_masked(mail.text, mentions))
    found, masked = read_layout(plain, lore.sources)
    figures, masked = read_figures(masked)
    for start, end in _sentences(masked):
        here = [one for one in mentions if start <= one.start < end]
        said = [one for one in figures if start <= one.start < end]
        sentence = _Sentence(start, end, _up_to(here, mentions, start), bool(here))
        found += _of_ids(mail, sentence, here, lore)
        found += _of_sentence(mail, sentence, here, said, masked, lore)
    for start, end in (*unknown_names(mail, masked, lore.sources), *_put_together(mail, lore)):
        found.append(_problem(mail, start, end, "{} is a name that no fact mentions"))
    return list(dict.fromkeys(says for _, says in sorted(found, key=lambda problem: problem[0])))[:MOST_PROBLEMS]


@lru_cache(maxsize=8)
def _lore(statements: tuple[Statement, ...]) -> _Lore:
    return _Lore(statements)


@dataclass(frozen=True)
class _Sentence:
    start: int
    end: int
    about: frozenset[str]
    """What it speaks of, or, where it names nothing, what the one before does."""
    is_particular: bool
    """Whether it names anything itself."""


def _up_to(here: list[_Mention], mentions: list[_Mention], start: int) -> frozenset[str]:
    if here:
        return frozenset(one.of for one in here)
    before = [one for one in mentions if one.end <= start]
    last = max((one.start for one in before), default=0)
    return frozenset(one.of for one in before if last - one.start < 200)


def _of_ids(mail: Folded, sentence: _Sentence, here: list[_Mention], lore: _Lore) -> Iterator[Found]:
    """Ids of whom the sentence names, each once; those of two shapes (`F-01`, `T-4711`) belong together."""
    named, ids = sentence.about & lore.names, [one for one in here if one.of in lore.ids]
    said = frozenset(one.of for one in ids)
    for number, one in enumerate(ids):
        facts = [fact for fact in lore.facts if one.of in fact.ids]
        other = frozenset(of for of in said if _shape(of) != _shape(one.of))
        if named and not any(fact.about & named for fact in facts):
            yield _problem(mail, one.start, one.end, "{} is none of those whom the sentence names")
        elif other and not any(fact.ids & other for fact in facts):
            yield _problem(mail, one.start, one.end, "{} does not belong to what the sentence names beside it")
        elif one.of in {before.of for before in ids[:number]}:
            yield _problem(mail, one.start, one.end, "{} is named twice in one sentence")


def _of_sentence(
    mail: Folded, sentence: _Sentence, here: list[_Mention], said: list[Figure], masked: str, lore: _Lore
) -> Iterator[Found]:
    general = [fact for fact in lore.facts if not fact.about]
    ends = [sentence.start, *(cut.end() for cut in _CLAUSE_ENDS.finditer(masked, sentence.start, sentence.end))]
    for start, end in zip(ends, [*ends[1:], sentence.end], strict=True):
        own = frozenset(one.of for one in here if start <= one.start < end)
        facts = [fact for fact in lore.facts if _counts_here(fact, own, sentence.about, lore)]
        clause = [one for one in said if start <= one.start < end]
        yield from _of_clause(mail, clause, facts, general, is_particular=sentence.is_particular)


def _counts_here(fact: _Fact, own: frozenset[str], about: frozenset[str], lore: _Lore) -> bool:
    """`own`: what the clause speaks of; one that names nobody speaks of whom its sentence, `about`, names."""
    if not fact.about or not fact.about <= about:
        return False
    somebody, ids = lore.names | lore.ids, about & lore.ids
    if ids and fact.ids and fact.ids.isdisjoint(ids):
        return False  # another one about the same name
    if fact.about.isdisjoint(somebody):
        return not fact.about.isdisjoint(own) or about.isdisjoint(somebody)
    if not own.isdisjoint(somebody):
        return not fact.about.isdisjoint(own)
    alike = [one for one in ids if fact.about <= lore.ids and _shape(one) in map(_shape, fact.about)]
    return len(alike) < 2  # of several ids none is meant more than another


def _of_clause(
    mail: Folded, said: list[Figure], facts: list[_Fact], general: list[_Fact], *, is_particular: bool
) -> Iterator[Found]:
    """Each figure of a fact is used once: 5 and 5 are not 5 and 6. What is said of the whole counts beside what the
    clause speaks of only as a whole: `6 of the 40 findings`."""
    left, whole = (
        [figure for fact in {fact.says: fact for fact in some}.values() for figure in fact.figures]
        for some in (facts, general)
    )
    for one in said:
        for figures in (left, whole) if one.whole or not is_particular else (left,):
            match = next((number for number, figure in enumerate(figures) if one.is_said_by(figure)), None)
            if match is not None:
                del figures[match]
                break
        else:
            yield _problem(mail, one.start, one.end, f"the {one.noun} {{}} is not what the facts say here")


def _shape(of: str) -> str:
    return re.sub(r"\d+", "0", of)


def _put_together(mail: Folded, lore: _Lore) -> Iterator[tuple[int, int]]:
    """Names made of parts of several: `Ayse Weiss` of Ayse Yildiz and Bruno Weiss."""
    whole = [_WORD.findall(name) for name in lore.names]
    known = {word for words in whole for word in words}
    run: list[re.Match[str]] = []
    for word in [*_WORD.finditer(mail.text), None]:
        follows = word and run and mail.text[run[-1].end() : word.start()] in (" ", "\n")
        if word and word[0].casefold() in known and word[0][0].isupper() and (follows or not run):
            run.append(word)
            continue
        if len(run) > 1 and not any(_stands_in([one[0].casefold() for one in run], words) for words in whole):
            yield run[0].start(), run[-1].end()
        run = [word] if word and word[0].casefold() in known and word[0][0].isupper() else []


def _stands_in(run: list[str], words: list[str]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words)))


def _named(subjects: dict[str, str]) -> set[str]:
    return {plain for plain, written in subjects.items() if written != written.lower() or not written.isascii()}


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _SENTENCE_ENDS.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _masked(text: str, mentions: Sequence[_Mention]) -> str:
    letters = list(text)
    for one in mentions:
        letters[one.start : one.end] = MASK * (one.end - one.start)
    return "".join(letters)


def _plain(about: str) -> str:
    return " ".join(fold(about).text.casefold().split())


def _problem(mail: Folded, start: int, end: int, says: str) -> Found:
    return mail.offsets[start], says.format(f'"{mail.quote(start, end)}"')
