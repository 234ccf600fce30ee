"""When somebody wants to travel: their words, read as the days of leaving and returning."""

import re
from datetime import date, timedelta

from contracts.prose.dates import DATE_READERS
from contracts.prose.facts import Claim, Readings, either, read_facts
from contracts.prose.terms import UNITS
from contracts.prose.text import fold

Stay = tuple[date, date]
"""Leaves, returns."""

MOST_NIGHTS = 30
FARTHEST = timedelta(days=330)
"""Airlines sell no later seats."""

HOW = "like 2026-12-04 to 2026-12-06, or 4 December for 2 nights"


def plain(text: str) -> str:
    """Folded, in small letters, with single blanks."""
    return " ".join(fold(text).text.casefold().split())


def words_of(*words: str) -> re.Pattern[str]:
    """Any of the words, as `plain` writes them; only Latin letters and figures end where a word ends."""
    return re.compile(rf"(?<![a-z0-9]){either(map(plain, words))}(?![a-z0-9])")


_WEEKEND = words_of(
    "weekend", "week-end", "wochenende", "fin de semana", "fim de semana", "fine settimana", "akhir pekan", "週末",
    "सप्ताहांत", "वीकेंड",
)  # fmt: skip
_NEXT = re.compile("|".join(map(plain, ("next", "nächst", "proxim", "prochain", "prossim", "depan", "来週", "अगले"))))
_NIGHTS = re.compile(
    rf"(?P<count>\d{{1,3}}|{either((*UNITS, 'a', 'eine', 'una', 'uma', 'une'))})[\s-]?"
    r"(?P<unit>nights?|nachte?|noches?|noites?|nuits?|malam|weeks?|wochen?|semanas?|semaines?|minggu)(?![a-z])"
)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_SOON = {"today": 0, "tomorrow": 1}


def read_stays(text: str, today: date) -> tuple[tuple[Stay, ...], str]:
    """Every way to read it, and what is wrong where there is none.

    A day without its year is the next such day. A weekend is Friday to Sunday; said on a Friday it begins on Saturday,
    said on a Saturday or Sunday it is the one after. "Next weekend" is that one to some and the one after to others.
    """
    said = plain(text)
    facts, _ = read_facts(fold(text).text, DATE_READERS)
    days = [(fact.start, fact.readings) for fact in facts if any(_is_day(claim) for claim in fact.readings)]
    lasts = _nights(said)
    if not days and _WEEKEND.search(said):
        first = _weekend(today)
        later = _weekend(first[1])
        found = (first, later) if _NEXT.search(said) and today.weekday() < 5 else (first,)
        return tuple((one[0], one[0] + timedelta(days=lasts)) if lasts else one for one in found), ""
    ordered = [readings for _, readings in sorted(days, key=lambda day: day[0])]
    return _between(ordered, [int(year) for year in _YEAR.findall(said)], lasts, today)


def _between(days: list[Readings], years: list[int], lasts: int, today: date) -> tuple[tuple[Stay, ...], str]:
    if len(days) not in (1, 2) or (len(days) == 1 and not lasts):
        what = "the day of the return is missing" if len(days) == 1 else "this does not say two days"
        return (), f"{what}: write {HOW}"
    leaves = _dates(days[0], years[:1], today - timedelta(days=1))
    if len(days) == 1:
        stays = {(one, one + timedelta(days=lasts)) for one in leaves}
    else:
        pairs = [(one, _dates(days[1], years[-1:], one)) for one in leaves]
        stays = {(one, other) for one, others in pairs for other in others}
    good = sorted(stay for stay in stays if not _problem(stay, today))
    return tuple(good), "" if good else _problem(min(stays), today) if stays else f"there is no such day: write {HOW}"


def _problem(stay: Stay, today: date) -> str:
    leaves, returns = stay
    if leaves < today:
        return f"{leaves} is past: write {HOW}"
    if leaves > today + FARTHEST:
        return f"{leaves} is too far off, nothing is sold later than {today + FARTHEST}"
    if not timedelta(0) < returns - leaves <= timedelta(days=MOST_NIGHTS):
        return f"from {leaves} to {returns} is no stay of 1 to {MOST_NIGHTS} nights"
    return ""


def _is_day(claim: Claim) -> bool:
    return claim[0] in ("date", "weekday") or (claim[0] == "relative" and claim[1] in _SOON)


def _dates(readings: Readings, years: list[int], after: date) -> list[date]:
    """The days that it can be, each the first one after a day."""
    found: list[date] = []
    for claim in readings:
        match claim:
            case ("date", int() as month, int() as day):
                found += _next(month, day, years, after)
            case ("weekday", int() as weekday):
                found.append(after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1))
            case ("relative", str() as word):
                found.append(after + timedelta(days=1 + _SOON[word]))
            case _:
                pass
    return list(dict.fromkeys(found))


def _next(month: int, day_of_month: int, years: list[int], after: date) -> list[date]:
    for year in years or range(after.year, after.year + 5):
        try:
            day = date(year, month, day_of_month)
        except ValueError:  # 29 February, or no day at all
            continue
        if years or day > after:
            return [day]
    return []


def _nights(said: str) -> int:
    """How many nights are named; 0: none, or several numbers of them."""
    found = {
        (int(match["count"]) if match["count"].isdigit() else UNITS.get(match["count"], 1))
        * (7 if match["unit"][0] in "ws" or match["unit"] == "minggu" else 1)
        for match in _NIGHTS.finditer(said)
    }
    return found.pop() if len(found) == 1 else 0


def _weekend(today: date) -> Stay:
    weekday = today.weekday()
    if weekday == 4:
        return today + timedelta(days=1), today + timedelta(days=2)
    friday = today + timedelta(days=(4 - weekday) % 7)
    return friday, friday + timedelta(days=2)
