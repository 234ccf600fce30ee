"""What the sources say: the facts, names and words that a mail may use."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.prose.addresses import ADDRESS_READERS, PHONE_READERS
from contracts.prose.amounts import AMOUNT_READERS
from contracts.prose.dates import DATE_READERS
from contracts.prose.facts import Claim, Readings, read_facts
from contracts.prose.terms import READS_ALSO_AS
from contracts.prose.text import fold

READERS = (*ADDRESS_READERS, *DATE_READERS, *PHONE_READERS, *AMOUNT_READERS)
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
ENDING = re.compile(r"(?:n't|'(?:s|re|ve|d|ll|m|t))$")
"""What English hangs on a word."""


@dataclass(frozen=True)
class Sources:
    """All sources together, folded."""

    claims: frozenset[Claim]
    words: frozenset[str]
    names: frozenset[str]
    """Words that are written with a capital somewhere."""
    text: str

    def support(self, readings: Readings) -> bool:
        """Whether a fact stands in them, in one of its readings."""
        return any(self._has(claim) for claim in readings)

    def _has(self, claim: Claim) -> bool:
        match claim:
            case ("money", str() as currency, value):
                # "Budget 20k, amounts in EUR": a bare number, and the currency elsewhere.
                return claim in self.claims or {("number bare", value), ("currency", currency)} <= self.claims
            case _:
                return claim in self.claims


def read_sources(sources: Sequence[str]) -> Sources:
    """Read all sources, in linear time."""
    texts = [fold(source).text for source in sources]
    facts = [fact for text in texts for fact in read_facts(text, READERS)[0]]
    claims = {implied for fact in facts for implied in _implied(fact.readings)}
    # "Q4" supports "the fourth quarter".
    claims |= {("number", Decimal(figures)) for text in texts for figures in re.findall(r"(?<=[A-Za-z])\d{1,9}", text)}
    words = [word[0] for text in texts for word in WORD.finditer(text)]
    # Of a word that is all ending, as a lone "n't", nothing is left.
    words += [bare for word in words if (bare := ENDING.sub("", word))]
    return Sources(
        claims=frozenset(claims),
        words=frozenset(word.casefold() for word in words),
        names=frozenset(word.casefold() for word in words if word[0].isupper()),
        text="\n".join(texts).casefold(),
    )


def _implied(readings: Iterable[Claim]) -> Iterator[Claim]:
    for claim in readings:
        yield claim
        match claim:
            case ("number", value):
                yield ("number bare", value)
            case ("percent", value):
                yield ("number", value)
            case ("money", str() as currency, value):
                yield ("number", value)
                for name in (currency, *READS_ALSO_AS.get(currency, ())):
                    yield from (("currency", name), ("money", name, value))
            case ("currency", str() as currency):
                yield from (("currency", name) for name in READS_ALSO_AS.get(currency, ()))
            case ("date", int() as month, int() as day):
                yield from (("month", month), ("day", day))
            case ("time", int() as minutes) if minutes % 60 == 0:
                yield from (("number", minutes // 60), ("number", minutes // 60 % 12 or 12))
            case _:
                pass
