"""Zones of documents of people who were never born, written as ICAO Doc 9303 has them."""

from typing import NamedTuple

from contracts.mrz import FILLER, MrzFormat, check_digit


class Paper(NamedTuple):
    """What a document says; dates as YYMMDD."""

    number: str = "L898902C3"
    surname: str = "ERIKSSON"
    given: str = "ANNA MARIA"
    birth: str = "740812"
    sex: str = "F"
    expiry: str = "350415"
    issuer: str = "UTO"
    nationality: str = "UTO"
    optional: str = ""


def write_mrz(form: MrzFormat, paper: Paper) -> tuple[str, ...]:
    """The lines of the zone, with every check digit. A card's number may have more than nine characters."""
    return {MrzFormat.TD1: _card, MrzFormat.TD2: _td2, MrzFormat.TD3: _passport}[form](paper)


def _card(paper: Paper) -> tuple[str, ...]:
    upper = _number(paper, 15)
    dates = _checked(paper.birth), paper.sex, _checked(paper.expiry)
    composite = check_digit(upper + dates[0] + dates[2] + FILLER * 11)
    middle = "".join(dates) + _filled(paper.nationality, 3) + FILLER * 11 + composite
    return f"I{FILLER}{_filled(paper.issuer, 3)}{upper}", middle, _name(paper, 30)


def _td2(paper: Paper) -> tuple[str, ...]:
    number = _number(paper, 7)
    dates = _checked(paper.birth), paper.sex, _checked(paper.expiry)
    composite = check_digit(number[:10] + dates[0] + dates[2] + number[10:])
    lower = number[:10] + _filled(paper.nationality, 3) + "".join(dates) + number[10:] + composite
    return f"I{FILLER}{_filled(paper.issuer, 3)}{_name(paper, 31)}", lower


def _passport(paper: Paper) -> tuple[str, ...]:
    number, optional = _checked(_filled(paper.number, 9)), _checked(_filled(paper.optional, 14))
    dates = _checked(paper.birth), paper.sex, _checked(paper.expiry)
    composite = check_digit(number + dates[0] + dates[2] + optional)
    lower = number + _filled(paper.nationality, 3) + "".join(dates) + optional + composite
    return f"P{FILLER}{_filled(paper.issuer, 3)}{_name(paper, 39)}", lower


def _number(paper: Paper, optional: int) -> str:
    """Number, check digit and optional data; what does not fit into nine characters goes on in the optional data."""
    if len(paper.number) <= 9:
        return _checked(_filled(paper.number, 9)) + _filled(paper.optional, optional)
    rest = paper.number[9:] + check_digit(paper.number) + FILLER
    return paper.number[:9] + FILLER + _filled(rest + paper.optional, optional)


def _name(paper: Paper, width: int) -> str:
    return _filled(f"{paper.surname}<<{paper.given}".replace(" ", FILLER), width)


def _checked(field: str) -> str:
    return field + check_digit(field)


def _filled(text: str, width: int) -> str:
    return text.ljust(width, FILLER)[:width]
