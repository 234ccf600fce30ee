"""Readers of dates and times. A day with its month is one fact; its year is a number of its own."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from contracts.prose.facts import Claim, Reader, Readings, either
from contracts.prose.terms import MONTH_SHORTS, MONTHS, NOONS, RELATIVE, WEEKDAY_SHORTS, WEEKDAYS

_ANY_MONTH = MONTHS | {word.lower(): month for word, month in MONTH_SHORTS.items()}


def _days(*orders: tuple[str, str]) -> Readings:
    """Readings of (day, month) in figures; those that no calendar has are left out."""
    dates = [("date", int(month), int(day)) for day, month in orders if 1 <= int(month) <= 12 and 1 <= int(day) <= 31]
    return tuple(dict.fromkeys(dates))


def _with_year(first: Readings, year: str | None) -> list[Readings]:
    if not first or year is None:
        return [first] if first else []
    return [first, (("number", int(year) + (2000 if len(year) == 2 else 0)),)]


def _year_first(match: re.Match[str]) -> list[Readings]:
    return _with_year(_days((match["day"], match["month"])), match["year"])


def _either_order(match: re.Match[str]) -> list[Readings]:
    return _with_year(_days((match["one"], match["two"]), (match["two"], match["one"])), match["year"])


def _dots(match: re.Match[str]) -> list[Readings]:
    # "12.03." is a day in German, "2.1." a number at the end of an English sentence.
    days = _days((match["day"], match["month"]))
    return [(*days, ("number", Decimal(f"{match['day']}.{match['month']}")))] if days else []


def _named(match: re.Match[str]) -> list[Readings]:
    month = str(_ANY_MONTH[match["month"].lower()])
    days = [_days((day, month)) for day in (match["other"], match["day"]) if day]
    return days if all(days) else []


def _japanese(match: re.Match[str]) -> list[Readings]:
    return _with_year(_days((match["day"], match["month"])), None)


def _month_of_year(match: re.Match[str]) -> list[Readings]:
    month = int(match["month"])
    return _with_year((("month", month),) if 1 <= month <= 12 else (), match["year"])


def _month(match: re.Match[str]) -> list[Readings]:
    return [(("month", _ANY_MONTH[match[0].lower()]),)]


def _weekday(match: re.Match[str]) -> list[Readings]:
    names = (day for name, day in WEEKDAYS.items() if match[0].lower().startswith(name))
    short = WEEKDAY_SHORTS.get(match[0])
    return [(("weekday", next(names) if short is None else short),)]


def _time(match: re.Match[str]) -> list[Readings]:
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "").lower()
    # Without am or pm, an hour before noon may be the one twelve hours later, unless it is written as 03:30.
    late = hour < 12 and match["hour"][0] != "0"
    hours = [hour % 12 + 12 * (half == "p")] if half else [hour, hour + 12] if late else [hour]
    times: list[Claim] = [("time", hour * 60 + minute) for hour in hours]
    # "2h" is a time of day in Lisbon and a duration in London.
    return [(*times, ("number", hour)) if match["hours"] else tuple(times)]


def _listed(kind: str, table: Mapping[str, int | str]) -> Callable[[re.Match[str]], list[Readings]]:
    return lambda match: [((kind, table[" ".join(match[0].lower().split())]),)]


def _reader(noun: str, facts: Callable[[re.Match[str]], list[Readings]], *pattern: str) -> Reader:
    return Reader(noun, re.compile("".join(pattern), re.IGNORECASE), facts)


_MONTH = rf"(?P<month>{either(_ANY_MONTH)})(?![a-z])\.?"
_TH = r"(?:st|nd|rd|th|er|o|\.)?"
_DAY_ENDS = r"(?!\d|[.,:]\d)(?:st|nd|rd|th)?"
_SHORT_MONTH = either([*MONTH_SHORTS, *(word.upper() for word in MONTH_SHORTS)])
_HALF = r"(?P<half>[ap])(?:m\b|\.\s?m\b\.?)"

DATE_READERS = (
    _reader("date", _year_first, r"(?<!\d)(?P<year>\d{4})[-/.年](?P<month>\d\d?)[-/.月](?P<day>\d\d?)(?!\d)日?"),
    _reader("date", _either_order, r"(?<![\d.,/])(?P<one>\d\d?)[./-](?P<two>\d\d?)[./-](?P<year>\d{4}|\d\d)(?!\d)"),
    _reader("date", _japanese, r"(?P<month>\d\d?)月(?P<day>\d\d?)日"),
    _reader(
        "date",
        _named,
        rf"(?<![\d.,:/])(?:(?P<other>\d\d?){_TH}\s?(?:-|to|and|bis|und|al|a|y|e)\s?)?",
        rf"(?P<day>\d\d?){_TH}\s?(?:of\s|de\s|d')?{_MONTH}",
    ),
    _reader(
        "date",
        _named,
        rf"(?<![a-z]){_MONTH}\s(?:the\s)?(?P<day>\d\d?){_DAY_ENDS}",
        rf"(?:\s?(?:-|to)\s?(?P<other>\d\d?){_DAY_ENDS})?",
    ),
    _reader("date", _either_order, r"(?<![\d.,/])(?P<one>\d\d?)/(?P<two>\d\d?)(?![\d/])(?P<year>(?!))?"),
    _reader("date", _dots, r"(?<![\d.,])(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?!\d)"),
    _reader("month", _month_of_year, r"(?<![\d.,/-])(?P<year>\d{4})-(?P<month>\d\d?)(?![\d-])"),
    _reader("month", _month_of_year, r"(?<![\d.,/-])(?P<month>\d\d?)/(?P<year>\d{4})(?!\d)"),
    _reader("month", _month_of_year, r"(?P<year>\d{4})年(?P<month>\d\d?)月"),
    _reader("month", lambda match: [(("month", int(match[1])),)], r"(\d\d?)月"),
    _reader(
        "time",
        _time,
        rf"(?<![\d:.,/])(?P<hour>\d\d?)[:h](?P<minute>\d\d)(?!\d)(?::\d\d)?(?:\s?{_HALF})?(?P<hours>(?!))?",
    ),
    _reader(
        "time",
        _time,
        r"(?<![\d:.,])(?P<hour>\d\d?)(?:[.:](?P<minute>\d\d))?",
        rf"(?:\s?(?:{_HALF}|uhr|o'clock|時)|(?P<hours>h)(?![a-z]))",
    ),
    _reader("time", _listed("time", NOONS), rf"(?<![a-z]){either(NOONS)}(?![a-z])"),
    _reader("day", _listed("relative", RELATIVE), rf"(?<![a-z]){either(RELATIVE)}(?![a-z])"),
    _reader("weekday", _weekday, rf"(?<![a-z])(?:{either(WEEKDAYS)}[a-z]*|(?-i:{either(WEEKDAY_SHORTS)})(?![a-z]))"),
    # "May I" and "May we" ask; they name no month.
    _reader(
        "month",
        _month,
        rf"(?<![a-z])(?:{either(MONTHS)}|(?-i:(?!May\s(?:I|we|you)\b){_SHORT_MONTH}))(?![a-z])",
    ),
)
"""The order matters: what is longer and surer is read first."""
