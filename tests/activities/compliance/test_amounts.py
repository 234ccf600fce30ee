"""Amounts as ledgers write them, and those that nobody can read in one way."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.compliance.amounts import read_amount


@pytest.mark.parametrize(
    ("written", "currency", "value"),
    [
        ("9,950.00", "EUR", "9950"),
        ("9.950,00", "EUR", "9950"),
        ("9 950,00", "EUR", "9950"),
        ("9\u00a0950,00", "EUR", "9950"),
        ("9'950.00", "CHF", "9950"),
        ("9\u2019950.5", "CHF", "9950.5"),
        ("12,34,567.00", "INR", "1234567"),
        ("1.250", "EUR", "1250"),
        ("1.250,5", "EUR", "1250.5"),
        ("0.125", "KWD", "0.125"),
        ("1,250.125", "KWD", "1250.125"),
        ("1,640,000", "JPY", "1640000"),
        ("1640000.00", "JPY", "1640000"),
        ("(120.00)", "EUR", "-120"),
        ("120.00-", "EUR", "-120"),
        ("\u2212120.00", "EUR", "-120"),
        ("+5", "EUR", "5"),
        ("$9,500.00", "USD", "9500"),
        ("9.500,00 €", "EUR", "9500"),
        ("USD 9,500.00", "USD", "9500"),
    ],
)
def test_an_amount_is_read_whatever_its_separators(written: str, currency: str, value: str) -> None:
    assert read_amount(written, currency) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("", "EUR"),
        ("n/a", "EUR"),
        ("1.2.3", "EUR"),
        ("12,34,5", "EUR"),
        ("1,23.45", "EUR"),
        ("12.345.67", "EUR"),
        ("(120.00", "EUR"),
        ("1.250", "KWD"),
        ("5.0010", "USD"),
        ("100.50", "JPY"),
        ("1e5", "EUR"),
        ("£5.00", "EUR"),
        ("NaN", "EUR"),
    ],
)
def test_what_can_be_no_amount_or_two_is_refused(written: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_amount(written, currency)


@given(st.decimals(min_value="0.01", max_value=10**9, places=2), st.sampled_from((",.", ".,", " ,", "'.")))
def test_every_amount_comes_back_from_every_grouping(amount: Decimal, separators: str) -> None:
    written = f"{amount:,.2f}".translate(str.maketrans(",.", separators))
    assert read_amount(written, "EUR") == amount
