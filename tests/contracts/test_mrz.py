"""Machine readable zones: ICAO's own specimens, round trips, and what check digits find."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.mrz import LAYOUTS, MrzFormat, MrzPart, check_digit, clean_mrz, read_mrz
from tests.support.mrz import Paper, write_mrz

PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
SPECIMENS = {
    "TD3": (PASSPORT, "L898902C3"),
    "TD1": (
        ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
        "D23145890",
    ),
    "TD2": (("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"), "D23145890"),
    "TD1, long number": (
        ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"),
        "D23145890734",
    ),
    "TD2, long number": (
        ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8"),
        "D23145890734",
    ),
}
"""Of Doc 9303, parts 4 to 6."""

LETTERS = string.ascii_uppercase
SIGNS = string.digits + LETTERS + "<"
VALUE = {sign: (SIGNS.index(sign) if sign != "<" else 0) for sign in SIGNS}

numbers = st.text(string.digits + LETTERS, min_size=1, max_size=9)
long_numbers = st.text(string.digits + LETTERS, min_size=10, max_size=14)
names = st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=2).map(" ".join)
days = st.dates().map(lambda day: f"{day:%y%m%d}")
papers = st.builds(
    Paper,
    number=numbers,
    surname=names,
    given=names,
    birth=days,
    sex=st.sampled_from("MF<"),
    expiry=days,
    issuer=st.text(LETTERS, min_size=1, max_size=3),
    nationality=st.text(LETTERS, min_size=1, max_size=3),
    optional=st.text(string.digits + LETTERS, max_size=6),
)
formats = st.sampled_from(list(MrzFormat))


@pytest.mark.parametrize(("lines", "number"), SPECIMENS.values(), ids=SPECIMENS)
def test_a_specimen_of_the_standard_is_read_without_a_fault(lines: tuple[str, ...], number: str) -> None:
    read = read_mrz(lines)
    assert (read.wrong, read.number, read.issuer, read.nationality) == ((), number, "UTO", "UTO")
    assert read.name in ("ANNA MARIA ERIKSSON", "PETER JOHN STEVENSON")


@given(formats, papers)
def test_what_was_written_is_read(form: MrzFormat, paper: Paper) -> None:
    read = read_mrz(write_mrz(form, paper))
    assert (read.format, read.wrong) == (form, ())
    assert (read.number, read.surname, read.given) == (paper.number, paper.surname, paper.given)
    assert (read.birth, read.sex, read.expiry) == (paper.birth, paper.sex, paper.expiry)
    assert (read.issuer, read.nationality) == (paper.issuer, paper.nationality)


@given(st.sampled_from([(MrzFormat.TD1, 14), (MrzFormat.TD2, 14)]), papers, long_numbers)
def test_a_long_number_goes_on_in_the_optional_data(size: tuple[MrzFormat, int], paper: Paper, number: str) -> None:
    form, longest = size
    read = read_mrz(write_mrz(form, paper._replace(number=number[:longest], optional="")))
    assert (read.number, read.wrong) == (number[:longest], ())


def covered(form: MrzFormat) -> list[int]:
    """What a check digit covers, and the check digits themselves."""
    at = LAYOUTS[form]
    return sorted({at.composite} | {place for part in at.composed for place in range(part.start, part.stop)})


@given(st.data(), formats, papers)
def test_any_single_character_that_was_altered_is_found(data: st.DataObject, form: MrzFormat, paper: Paper) -> None:
    lines = write_mrz(form, paper)
    text, width = "".join(lines), len(lines[0])
    place = data.draw(st.sampled_from(covered(form)))
    # Signs that differ by ten, or twenty, or thirty, in value are one to Doc 9303's modulus.
    others = [sign for sign in SIGNS if (VALUE[sign] - VALUE[text[place]]) % 10]
    altered = text[:place] + data.draw(st.sampled_from(others)) + text[place + 1 :]
    assert read_mrz([altered[n : n + width] for n in range(0, len(text), width)]).wrong


@given(st.data(), papers)
def test_two_neighbours_that_were_swapped_are_found_unless_they_differ_by_five(
    data: st.DataObject, paper: Paper
) -> None:
    field = paper.number.ljust(9, "<")
    place = data.draw(st.integers(0, 7))
    swapped = field[:place] + field[place + 1] + field[place] + field[place + 2 :]
    alike = (VALUE[field[place]] - VALUE[field[place + 1]]) % 5 == 0
    assert (check_digit(swapped) == check_digit(field)) == alike


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ("L898902C3", "L898902C4", {MrzPart.NUMBER, MrzPart.COMPOSITE}),
        ("7408122", "7408132", {MrzPart.BIRTH, MrzPart.COMPOSITE}),
        ("1204159", "1204149", {MrzPart.EXPIRY, MrzPart.COMPOSITE}),
        ("ZE184226B<<<<<10", "ZE184226B<<<<<11", {MrzPart.COMPOSITE}),
        ("ERIKSSON<<ANNA", "3RIKSSON<<ANNA", {MrzPart.NAME}),
        ("P<UTO", "V<UTO", {MrzPart.KIND}),
        ("2F1", "2Q1", {MrzPart.SEX}),
    ],
)
def test_what_is_wrong_is_named(before: str, after: str, wrong: set[MrzPart]) -> None:
    assert set(read_mrz([line.replace(before, after) for line in PASSPORT]).wrong) == wrong


def test_a_date_that_no_calendar_has_is_wrong_though_its_digit_holds() -> None:
    assert MrzPart.EXPIRY in read_mrz(write_mrz(MrzFormat.TD3, Paper(expiry="351301"))).wrong
    assert MrzPart.EXPIRY in read_mrz(write_mrz(MrzFormat.TD3, Paper(expiry="35<<<<"))).wrong


@pytest.mark.parametrize("birth", ["74<<<<", "7408<<", "<<<<<<"])
def test_a_birth_date_may_be_unknown_in_parts(birth: str) -> None:
    assert read_mrz(write_mrz(MrzFormat.TD1, Paper(birth=birth))).wrong == ()


@given(st.lists(st.text(max_size=50), max_size=4))
def test_what_is_no_zone_is_refused_in_words(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        read_mrz(lines)


@given(formats.flatmap(lambda form: st.text(SIGNS, min_size=90, max_size=90).map(lambda text: (form, text))))
def test_signs_by_chance_are_read_without_an_error(drawn: tuple[MrzFormat, str]) -> None:
    form, text = drawn
    at = LAYOUTS[form]
    read = read_mrz([text[n * at.width : (n + 1) * at.width] for n in range(at.lines)])
    assert read.format is form


def test_blanks_and_small_letters_of_a_reader_make_no_difference() -> None:
    assert clean_mrz([f" {line[:9].lower()} {line[9:]}\n" for line in PASSPORT]) == PASSPORT


def test_a_letter_that_no_zone_has_is_named() -> None:
    with pytest.raises(ValueError, match=r"A to Z, 0 to 9 and < only, not '\\xc4'"):
        clean_mrz([PASSPORT[0].replace("K", "Ä"), PASSPORT[1]])
