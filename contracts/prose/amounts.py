"""Readers of amounts: numbers in figures and in words, percentages and money."""

import re
from decimal import Decimal

from contracts.prose.facts import Claim, Reader, Readings, either
from contracts.prose.terms import CURRENCIES, LETTER_SCALES, ORDINALS, PERCENT, SCALES, UNITS, WORD_SCALES

Number = Decimal | int


def written_value(written: str) -> Decimal:
    """Value of figures in any of the usual groupings: `20,000` `20.000` `20 000` `1.234,56` `0.125`."""
    last = max(written.rfind(","), written.rfind("."))
    whole, fraction = (written[:last], written[last + 1 :]) if last >= 0 else (written, "")
    if len(fraction) == 3 and whole not in ("", "0") and not (whole.isdigit() and len(whole) > 3):
        whole, fraction = whole + fraction, ""
    return Decimal(re.sub(r"\D", "", whole) + "." + fraction)


def _claim(match: re.Match[str], value: Number) -> Claim:
    groups = match.groupdict()
    currency = groups.get("before") or groups.get("after")
    if currency:
        return ("money", CURRENCIES[currency.lower()], value)
    return ("percent" if groups.get("percent") else "number", value)


def _figures(match: re.Match[str]) -> list[Readings]:
    value = written_value(match["number"])
    scale = LETTER_SCALES.get((match["letter"] or "").strip().lower()) or SCALES.get((match["scale"] or "").lower(), 1)
    shared = LETTER_SCALES.get((match["shared"] or "").strip().lower()) or SCALES.get((match["shared"] or "").lower())
    values = [value * scale] if shared is None else [value, value * shared]
    return [tuple(_claim(match, value) for value in values) + ((("day", value),) if match["ordinal"] else ())]


def _sums(words: list[str]) -> list[int]:
    """Numbers that a row of number words says: `two hundred and fifty` is one, `two twenty` are two."""
    sums, total, current = [], 0, 0
    for word in [*words, ""]:
        unit = UNITS.get(word) or ORDINALS.get(word)
        if scale := WORD_SCALES.get(word):
            total, current = (total, max(current, 1) * scale) if scale <= 100 else (total + max(current, 1) * scale, 0)
        elif unit and (current % 100 == 0 or (unit < 10 and current % 10 == 0 and current % 100 >= 20)):
            current += unit
        elif unit or not word or (word == "and" and total + current < 100):
            sums.append(total + current)
            total, current = 0, unit or 0
    return [number for number in sums if number > 1]


def _words(match: re.Match[str]) -> list[Readings]:
    return [(_claim(match, number),) for number in _sums(re.findall("[a-z]+", match["words"].lower()))]


def _currency(match: re.Match[str]) -> list[Readings]:
    return [(("currency", CURRENCIES[match[0].lower()]),)]


_CURRENCY = rf"(?<![A-Za-z]){either(CURRENCIES)}(?![A-Za-z])"
# Bounded repeats: a long row of groups must not be tried from each of its figures.
_NUMBER = (
    r"(?!0)\d{1,3}(?P<sep>[ ,.'])\d{3}(?:(?P=sep)\d{3}){0,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?"
    r"|\d{1,2}(?:,\d{2}){1,4},\d{3}(?!\d)"
    r"|\d{1,30}(?:[.,]\d{1,30})?"
)
_SCALE = rf"\s?{either(SCALES)}(?![A-Za-z])\.?"
_WORD = either([*UNITS, *WORD_SCALES, *ORDINALS])
_KIND = rf"\s?-?(?:(?P<percent>{either(PERCENT)})|(?P<after>{_CURRENCY}))"

AMOUNT_READERS = (
    Reader(
        "amount",
        re.compile(
            rf"(?:(?P<before>{_CURRENCY})\.?\s?|(?<![A-Za-z\d]))(?P<number>{_NUMBER})"
            rf"(?:(?P<ordinal>st|nd|rd|th)(?![A-Za-z]))?"
            rf"(?:(?P<letter>[mb]|\s?k)(?![A-Za-z])|\s?(?P<scale>{either(SCALES)})(?![A-Za-z])\.?"
            # In "20-25k" the first number is as large as the second.
            rf"|(?=\s?(?:-|to|bis)\s?[\d.,]{{1,12}}(?P<shared>[mb](?![A-Za-z])|\s?k(?![A-Za-z])|{_SCALE})))?"
            rf"(?(before)|(?:{_KIND})?)[A-Za-z]*",
            re.IGNORECASE,
        ),
        _figures,
    ),
    Reader(
        "amount",
        re.compile(
            rf"(?<![A-Za-z])(?P<words>{_WORD}(?:(?:[\s-]|\sand\s|-and-){_WORD}){{0,8}})(?![A-Za-z])(?:{_KIND})?",
            re.IGNORECASE,
        ),
        _words,
    ),
    Reader("currency", re.compile(_CURRENCY, re.IGNORECASE), _currency),
)
