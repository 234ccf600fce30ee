"""A quotation that does not stand in its source, to the letter, is none, and takes its sentence with it."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from contracts.citations import CitedStatement, Claim, Dropped, Quoted, cited, examined, sorted_out
from contracts.library import Passage
from contracts.quotations import find_quotation

TEXTS = (
    "Door logs are kept for 30 days, unless the police ask for them. Badges open the doors\nfrom 6:00 to 22:00.",
    "Sicherungen werden 90 Tage lang aufbewahrt; danach löscht sie ein Dienst (nachts, gegen 02:30 Uhr).",
    "バックアップは九十日間保存され、その後は自動的に削除されます。",
    'A retry must carry the same `Idempotency-Key`. [See RFC 9110] --- it is "safe" only then.',
)


def passage(text: str, start: int = 100) -> Passage:
    """A passage of some document."""
    end = start + len(text)
    return Passage(file="a.md", title="A", heading="A", start=start, end=end, text=text, sha256="0" * 64)


PASSAGES = tuple(map(passage, TEXTS))
LETTERS = st.characters(codec="utf-8", exclude_categories=("Zs", "Cc", "Zl", "Zp"))


def claim(number: int, quote: str, text: str = "It is so.") -> Claim:
    """A sentence that rests on one quotation."""
    return Claim(text=text, quotes=(Quoted(number=number, quote=quote),))


@st.composite
def quotations(draw: st.DrawFn) -> tuple[int, str]:
    """Whole words of a text."""
    number = draw(st.integers(0, len(TEXTS) - 1))
    words = TEXTS[number].split()
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first + 1, len(words)))
    quote = " ".join(words[first:last])
    assume(len(quote) >= 12 and sum(letter.isalnum() for letter in quote) >= 12)
    return number, quote


@given(quotations())
def test_whole_words_of_a_source_stand_in_it_where_they_are_said_to_stand(found: tuple[int, str]) -> None:
    number, quote = found
    citation = cited(Quoted(number=number + 1, quote=quote), PASSAGES)
    assert citation
    assert TEXTS[number][citation.start - 100 : citation.end - 100] == citation.quote
    assert citation.quote.split() == quote.split()


@given(quotations(), st.data())
def test_a_quotation_of_which_any_character_was_altered_is_dropped(found: tuple[int, str], data: st.DataObject) -> None:
    number, quote = found
    at = data.draw(st.integers(0, len(quote) - 1))
    letter = data.draw(LETTERS)
    assume(not quote[at].isspace() and letter != quote[at])
    altered = f"{quote[:at]}{letter}{quote[at + 1 :]}"
    # What is left may stand elsewhere in the source; then it is a quotation of that place.
    assume(" ".join(altered.split()) not in " ".join(TEXTS[number].split()))
    looked = examined(claim(number + 1, altered), PASSAGES)
    assert isinstance(looked, Dropped)
    assert "does not stand in passage" in looked.why


@given(quotations(), st.integers(0, 200), LETTERS)
def test_a_character_more_is_one_too_many(found: tuple[int, str], at: int, letter: str) -> None:
    number, quote = found
    longer = f"{quote[: at % len(quote)]}{letter}{quote[at % len(quote) :]}"
    assume(" ".join(longer.split()) not in " ".join(TEXTS[number].split()))
    assert isinstance(examined(claim(number + 1, longer), PASSAGES), Dropped)


@given(st.integers(2, 40), quotations())
def test_a_quotation_of_another_passage_or_of_none_is_dropped(offset: int, found: tuple[int, str]) -> None:
    number, quote = found
    other = min(number + offset, 39) + 1
    assume(other > len(TEXTS) or " ".join(quote.split()) not in " ".join(TEXTS[other - 1].split()))
    assert isinstance(examined(claim(other, quote), PASSAGES), Dropped)


@pytest.mark.parametrize(
    "quote",
    [
        "oor logs are kept",
        "Door logs are kep",
        "the the the",
        "30 days",
        "...........",
        "door logs are kept for 30 days",
    ],
    ids=["half a word first", "half a word last", "words", "too short", "dots", "another case"],
)
def test_what_is_no_quotation(quote: str) -> None:
    assert find_quotation(quote, TEXTS[0]) is None


def test_a_line_break_of_the_source_is_a_blank() -> None:
    place = find_quotation("Badges open the doors from 6:00 to 22:00.", TEXTS[0])
    assert place
    assert TEXTS[0][slice(*place)] == "Badges open the doors\nfrom 6:00 to 22:00."


@given(st.text(max_size=60), st.text(max_size=200))
@example("(((((((((((((", "(((((((((((((")
@example("a.*+?[]{}|\\ bbbbbbbbbbbb", "a.*+?[]{}|\\ bbbbbbbbbbbb")
def test_whatever_is_looked_for_what_is_found_stands_there(quote: str, source: str) -> None:
    if place := find_quotation(quote, source):
        assert source[slice(*place)].split() == quote.split()


SOURCE = "Door logs are kept for 30 days, unless the police ask for them."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("They are kept for 45 days.", "it says 45"),
        ("They are kept for 30 days, or 1,000 at most.", "it says 1000"),
        ("See https://logs.example for more.", "a link"),
        ("Write to logs@attacker.example for more.", "a link"),
    ],
)
def test_a_sentence_that_says_more_than_its_quotation_is_dropped(text: str, why: str) -> None:
    looked = examined(claim(1, SOURCE, text), PASSAGES)
    assert isinstance(looked, Dropped)
    assert why in looked.why


def test_one_wrong_quotation_is_enough_and_the_others_sentences_stay() -> None:
    right, wrong = Quoted(number=1, quote=SOURCE), Quoted(number=1, quote="Door logs are kept for ever and ever.")
    claims = [Claim(text="Both.", quotes=(right, wrong)), Claim(text="They are kept for 30 days.", quotes=(right,))]
    kept, dropped = sorted_out(claims, PASSAGES)
    assert [one.text for one in kept] == ["They are kept for 30 days."]
    assert [one.text for one in dropped] == ["Both."]
    assert isinstance(examined(claims[1], PASSAGES), CitedStatement)
