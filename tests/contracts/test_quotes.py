"""A quote stands in its source letter by letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.prose import is_quoted_from


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("They need 12 scanners", "Called. They need 12 scanners, soon."),
        ("they  need\n12 SCANNERS", "Called. They need 12\nscanners"),
        ("They need 12 scanners.", "They need 12 scanners, soon"),
        ('"it\'s urgent" - he said', "\u201cit\u2019s urgent\u201d \u2013 he said"),
        ("予算は五百万", "予算は五百万円まで"),
    ],
)
def test_white_space_case_and_typography_are_forgiven_in_a_quote(quote: str, source: str) -> None:
    assert is_quoted_from(quote, source)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("", "anything"),
        ("...", "and so on..."),
        ("12", "12 scanners"),
        ("ok", "ok then"),
        ("They need 13 scanners", "They need 12 scanners"),
        ("They need scanners", "They need 12 scanners"),
        ("They need, 12 scanners", "They need 12 scanners"),
        ("They need 12 scanners!", "They need 12 scanners."),
        ("They need 12 scanners..", "They need 12 scanners"),
        ("Muller called", "Müller called"),
    ],
)
def test_nothing_else_is_forgiven_in_a_quote(quote: str, source: str) -> None:
    assert not is_quoted_from(quote, source)


@given(source=st.text(max_size=200), start=st.integers(0, 200), end=st.integers(0, 200))
def test_every_piece_of_a_source_with_three_letters_is_a_quote(source: str, start: int, end: int) -> None:
    piece = source[start:end]
    assert is_quoted_from(piece, source) or sum(letter.isalpha() for letter in piece.casefold()) < 3
