"""Machine readable zones, read and checked by ICAO Doc 9303 (8th edition), parts 3 to 6.

Names of countries and persons are not checked: no check digit covers them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

FILLER = "<"
_VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {FILLER: 0}
_WEIGHTS = (7, 3, 1)


class MrzFormat(StrEnum):
    """The sizes of machine readable travel documents."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"


class MrzPart(StrEnum):
    """What can be wrong in a zone."""

    KIND = "document code"
    NAME = "name"
    NUMBER = "document number"
    BIRTH = "date of birth"
    SEX = "sex"
    EXPIRY = "date of expiry"
    OPTIONAL = "optional data"
    COMPOSITE = "whole zone"


@dataclass(frozen=True)
class Layout:
    """Where what stands, counted from 0 over all lines together. A check digit follows its field at once."""

    lines: int
    width: int
    name: slice
    number: slice
    nationality: slice
    birth: slice
    sex: int
    expiry: slice
    optional: slice
    composed: tuple[slice, ...]
    """What the composite check digit covers."""
    composite: int
    kinds: str
    """First letters of the document codes that have this size."""


LAYOUTS = {
    MrzFormat.TD1: Layout(
        lines=3,
        width=30,
        name=slice(60, 90),
        number=slice(5, 14),
        nationality=slice(45, 48),
        birth=slice(30, 36),
        sex=37,
        expiry=slice(38, 44),
        optional=slice(15, 30),
        composed=(slice(5, 37), slice(38, 45), slice(48, 59)),
        composite=59,
        kinds="ACI",
    ),
    MrzFormat.TD2: Layout(
        lines=2,
        width=36,
        name=slice(5, 36),
        number=slice(36, 45),
        nationality=slice(46, 49),
        birth=slice(49, 55),
        sex=56,
        expiry=slice(57, 63),
        optional=slice(64, 71),
        composed=(slice(36, 46), slice(49, 56), slice(57, 71)),
        composite=71,
        kinds="ACIP",
    ),
    MrzFormat.TD3: Layout(
        lines=2,
        width=44,
        name=slice(5, 44),
        number=slice(44, 53),
        nationality=slice(54, 57),
        birth=slice(57, 63),
        sex=64,
        expiry=slice(65, 71),
        optional=slice(72, 86),
        composed=(slice(44, 54), slice(57, 64), slice(65, 87)),
        composite=87,
        kinds="P",
    ),
}


@dataclass(frozen=True)
class Mrz:
    """What a zone says; dates as YYMMDD. `wrong`: the parts that cannot be as they stand there."""

    format: MrzFormat
    kind: str
    issuer: str
    surname: str
    given: str
    number: str
    nationality: str
    birth: str
    """Parts that are not known are fillers."""
    sex: str
    expiry: str
    wrong: tuple[MrzPart, ...]

    @property
    def name(self) -> str:
        """Given names, then the surname, in the zone's capitals."""
        return f"{self.given} {self.surname}".strip()


def check_digit(text: str) -> str:
    """The check digit of a field, by Doc 9303-3, 4.9: weights 7, 3, 1, modulo 10."""
    return str(sum(_VALUES[letter] * weight for letter, weight in zip(text, cycle(_WEIGHTS), strict=False)) % 10)


def clean_mrz(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines without blanks, in capitals, as a reader or a person may have given them.

    Raises ValueError where they are no zone of any size.
    """
    cleaned = tuple(re.sub(r"\s", "", line).upper() for line in lines)
    sizes = " or ".join(f"{one.lines} lines of {one.width}" for one in LAYOUTS.values())
    if _format(cleaned) is None:
        found = ", ".join(str(len(line)) for line in cleaned)
        raise ValueError(f"must be {sizes} characters; it has lines of {found}" if found else f"must be {sizes}")
    if foreign := {letter for line in cleaned for letter in line} - _VALUES.keys():
        raise ValueError(f"must hold A to Z, 0 to 9 and < only, not {min(foreign)!a}")
    return cleaned


def read_mrz(lines: Iterable[str]) -> Mrz:
    """Read a zone of any of the three sizes. Raises ValueError as `clean_mrz` does."""
    cleaned = clean_mrz(lines)
    form = _format(cleaned)
    assert form is not None
    at, text = LAYOUTS[form], "".join(cleaned)
    number, number_is_right = _number(form, at, text)
    surname, _, given = text[at.name].strip(FILLER).partition(FILLER * 2)
    right = {
        MrzPart.KIND: text[0] in at.kinds,
        MrzPart.NAME: bool(surname) and not re.search(r"\d", text[at.name]),
        MrzPart.NUMBER: number_is_right,
        MrzPart.BIRTH: _holds(text, at.birth) and _is_date(text[at.birth], unknown=True),
        MrzPart.SEX: text[at.sex] in "MF<",
        MrzPart.EXPIRY: _holds(text, at.expiry) and _is_date(text[at.expiry]),
        MrzPart.OPTIONAL: form is not MrzFormat.TD3 or _optional_holds(text, at.optional),
        MrzPart.COMPOSITE: text[at.composite] == check_digit("".join(text[part] for part in at.composed)),
    }
    return Mrz(
        format=form,
        kind=text[:2].strip(FILLER),
        issuer=text[2:5].strip(FILLER),
        surname=_words(surname),
        given=_words(given),
        number=number,
        nationality=text[at.nationality].strip(FILLER),
        birth=text[at.birth],
        sex=text[at.sex],
        expiry=text[at.expiry],
        wrong=tuple(part for part, holds in right.items() if not holds),
    )


def _format(lines: tuple[str, ...]) -> MrzFormat | None:
    shape = [len(line) for line in lines]
    return next((form for form, at in LAYOUTS.items() if shape == [at.width] * at.lines), None)


def _number(form: MrzFormat, at: Layout, text: str) -> tuple[str, bool]:
    """The document number, and whether its check digit is right.

    On cards, one of more than nine characters goes on in the optional data, with its check digit behind it, and a
    filler stands where the check digit would (Doc 9303-5, 4.2.2, note j; Doc 9303-6, 4.2.2, note j).
    """
    number, digit = text[at.number], text[at.number.stop]
    if digit == FILLER and form is not MrzFormat.TD3:
        rest = text[at.optional].partition(FILLER)[0]
        number, digit = number + rest[:-1], rest[-1:]
        if len(rest) < 2:
            return number.strip(FILLER), False
    shown = number.rstrip(FILLER)
    return shown, bool(shown) and FILLER not in shown and digit == check_digit(number)


def _holds(text: str, field: slice) -> bool:
    return text[field.stop] == check_digit(text[field])


def _optional_holds(text: str, field: slice) -> bool:
    """Where a passport has no optional data, its check digit may be a filler (Doc 9303-4, 4.2.2)."""
    return _holds(text, field) or (text[field.stop] == FILLER and not text[field].strip(FILLER))


def _is_date(text: str, *, unknown: bool = False) -> bool:
    """YYMMDD; `unknown`: parts of it may be fillers (Doc 9303-3, 4.8)."""
    wild = "|<<" if unknown else ""
    return bool(re.fullmatch(rf"(?:\d\d{wild})(?:0[1-9]|1[0-2]{wild})(?:0[1-9]|[12]\d|3[01]{wild})", text))


def _words(name: str) -> str:
    return " ".join(name.replace(FILLER, " ").split())
