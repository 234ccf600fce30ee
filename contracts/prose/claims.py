"""Figures as a report says them: a value with its unit, what it counts, and how exactly it is said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from contracts.prose.addresses import ADDRESS_READERS
from contracts.prose.amounts import AMOUNT_READERS, written_value
from contracts.prose.dates import DATE_READERS
from contracts.prose.facts import Claim, Fact, Reader, Readings, read_facts
from contracts.prose.terms import READS_ALSO_AS
from contracts.prose.text import MASK

_COUNTED = "finding|case|exception|transaction|payment|deposit|withdrawal|refund|row|document"


def _few(match: re.Match[str]) -> list[Readings]:
    return [(("number", 1 if match[0].lower() in ("one", "single") else 0),)]


_READERS = (
    *ADDRESS_READERS,
    *DATE_READERS,
    Reader("amount", re.compile(rf"\b(?:no|zero)\b(?=\s(?:\w+\s)?(?:{_COUNTED})s?\b)", re.IGNORECASE), _few),
    Reader("amount", re.compile(rf"\b(?:one|single)\b(?=\s(?:\w+\s)?(?:{_COUNTED})\b)", re.IGNORECASE), _few),
    *AMOUNT_READERS,
)
"""Other than in a mail, `no findings` and `one finding` are figures here; phone numbers are none."""

_SMALL = """
a about all among an and are as at be been belong belongs by came can cannot come comes concern concerns could did do
does each fall falls for from had has have in involve involves is it its lie lies made make makes may more of on or
other relate relates show shows stand stands such than that the their them there these they this those to was were
which who whose with within
"""
_UNSAID = frozenset(_SMALL.split())
"""Words that say nothing of what is counted."""
_ABOUT = re.compile(r"\b(?:about|around|approximately|approx\.|roughly|circa|ca\.|nearly|almost|close to)\s?$", re.I)
_OVER = re.compile(r"\b(?:just |slightly |a little )?(?:over|more than|above|in excess of)\s?$", re.IGNORECASE)
_UNDER = re.compile(r"\b(?:just |slightly |a little )?(?:under|below|less than|up to)\s?$", re.IGNORECASE)
_WHOLE = re.compile(
    r"(?<!total )(?<!sum )(?<!number )(?<!amount )\b(?:of|among)(?: the| all| these)?\s$", re.IGNORECASE
)
_YEAR = re.compile(rf"(?:\b(?:in|of|since|during|year)|{MASK},?)\s$", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """One figure of a text. `counts`: stems of what it counts, empty where that is not said.

    `place`: what its last digit that is not a final zero is worth; `rounds`: whether the words or the form say that it
    is rounded, and to which side; `whole`: whether it is what something is a part of.
    """

    start: int
    end: int
    noun: str
    readings: Readings
    counts: frozenset[str] = frozenset()
    place: Decimal = Decimal(1)
    rounds: str = ""
    whole: bool = False

    def is_said_by(self, fact: "Figure") -> bool:
        """Whether a fact's figure is what this one says."""
        return any(self._same(mine, of_fact, fact) for mine in self.readings for of_fact in fact.readings)

    def _same(self, mine: Claim, of_fact: Claim, fact: "Figure") -> bool:
        match mine, of_fact:
            case ("money", str() as one, value), ("money", str() as other, real):
                return (one == other or one in READS_ALSO_AS.get(other, ())) and self._near(value, real)
            case ("number", value), ("money", str(), real):
                # "9 950,00", with its currency elsewhere; a count is written without cents.
                return self.place < 1 and value == real
            case (("percent", value), ("percent", real)):
                return self._near(value, real)
            case (("number", value), ("number", real)) if self.noun == fact.noun == "amount":
                alike = not self.counts or not self.counts.isdisjoint(fact.counts)
                return alike and (self.whole or not fact.whole) and self._near(value, real)
            case _:
                return self.noun == fact.noun and mine == of_fact

    def _near(self, value: object, real: object) -> bool:
        more = Decimal(str(real)) - Decimal(str(value))
        match self.rounds:
            case "about":
                return abs(more) <= self.place / 2
            case "over":
                return 0 <= more < self.place
            case "under":
                return 0 <= -more < self.place
            case _:
                return more == 0


def read_figures(text: str) -> tuple[list[Figure], str]:
    """The figures of a folded text in their order, and the text with them masked. Linear time."""
    facts, masked = read_facts(text, _READERS)
    return [_figure(fact, text, masked) for fact in sorted(facts, key=lambda one: one.start)], masked


def _figure(fact: Fact, text: str, masked: str) -> Figure:
    before, kind = masked[max(0, fact.start - 24) : fact.start], fact.readings[0][0]
    if kind not in ("number", "percent", "money") or fact.noun != "amount":
        return Figure(fact.start, fact.end, fact.noun, fact.readings)
    value = Decimal(str(fact.readings[0][-1]))
    if kind == "number" and 1900 <= value <= 2099 and text[fact.start : fact.end].isdigit() and _YEAR.search(before):
        return Figure(fact.start, fact.end, "year", fact.readings)
    place, scaled = _place(text[fact.start : fact.end], value)
    counts = _counts(masked, fact) if kind == "number" else frozenset()
    whole = bool(_WHOLE.search(before))
    return Figure(fact.start, fact.end, fact.noun, fact.readings, counts, place, _rounds(before, scaled), whole)


def _rounds(before: str, scaled: bool) -> str:
    if _OVER.search(before):
        return "over"
    if _UNDER.search(before):
        return "under"
    return "about" if scaled or _ABOUT.search(before) else ""


def _place(written: str, value: Decimal) -> tuple[Decimal, bool]:
    """What the last digit is worth, and whether a word or a letter multiplies it: `1.2 million`."""
    found = re.search(r"\d(?:[\d ,.']*\d)?", written)
    if found is None:  # in words
        return _last_digit(value), False
    base = written_value(found[0])
    if base == 0:
        return Decimal(1), False
    exponent = base.as_tuple().exponent
    own = Decimal(10) ** exponent if isinstance(exponent, int) and exponent < 0 else _last_digit(base)
    return own * (value / base), value != base


def _last_digit(value: Decimal) -> Decimal:
    try:
        digits = str(int(value))
    except (InvalidOperation, ValueError):
        return Decimal(1)
    return Decimal(10) ** (len(digits) - len(digits.rstrip("0"))) if value else Decimal(1)


def _counts(masked: str, fact: Fact) -> frozenset[str]:
    """Stems of the words behind a number, up to the next figure or stop; else of those before it: `findings: 3`."""
    # "6 of the 40 findings" are findings.
    behind = re.sub(rf"^\s(?:out )?of(?: the| all| these)?\s{MASK}+", "", masked[fact.end : fact.end + 60])
    behind = re.split(rf"[{MASK}.,;:()\n]", behind)[0]
    if stems := _stems(re.findall(r"[A-Za-z]+", behind)[:4]):
        return stems
    before = re.split(rf"[{MASK}.,;()\n]", masked[max(0, fact.start - 40) : fact.start])[-1]
    return _stems(re.findall(r"[A-Za-z]+", before)[-2:])


def _stems(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word.lower().rstrip("s")[:7] for word in words if word.lower() not in _UNSAID)
