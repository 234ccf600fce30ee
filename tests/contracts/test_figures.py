"""A report's words: each figure and each name must be what a fact says of the same thing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.compliance.facts import template
from contracts.compliance.sections import SectionKey
from contracts.prose import figure_problems
from contracts.prose.figures import Statement
from tests.support.compliance import INPUTS, PLAIN, SECTIONS, checked, facts

FACTS = (
    Statement(says="This report is about the transactions of Quist from 1 July 2026 to 30 September 2026."),
    Statement(says="10,000 transactions were checked in 8 checks, with 40 findings."),
    Statement(
        says="Structuring: 6 of the 40 findings, with 17 transactions worth EUR 98,450.00.", about=("structur*",)
    ),
    Statement(says="Refund: 5 of the 40 findings, with 9 transactions worth EUR 1,234,567.89.", about=("refund*",)),
    Statement(
        says="F-07, Thaddeus Vole: 3 cash deposits from 4 July 2026 to 6 July 2026, EUR 28,450.00 (K-17, K-21, K-30).",
        about=("Thaddeus Vole",),
    ),
    Statement(
        says="F-08, Ottoline Quill: 2 cash deposits on 9 August 2026, EUR 19,950.50 (K-44, K-45).",
        about=("Ottoline Quill",),
    ),
    Statement(says="F-07: 3 cash deposits (K-17, K-21, K-30).", about=("F-07",)),
    Statement(says="Transaction K-17: EUR 9,900.00, 4 July 2026, line 811.", about=("K-17",)),
    Statement(says="Transaction K-21: EUR 9,800.00, 5 July 2026, line 902.", about=("K-21",)),
    Statement(says="Transaction K-30: EUR 8,750.00, 6 July 2026, line 990.", about=("K-30",)),
    Statement(says="Transaction K-44: EUR 9,950.50, 9 August 2026, line 4711.", about=("K-44",)),
    Statement(says="Transaction K-45: EUR 10,000.00, 9 August 2026, line 4712.", about=("K-45",)),
    Statement(says="The share of refunds is 12 %.", about=("share*",)),
)


@pytest.mark.parametrize(
    "text",
    [
        "There are 40 findings, and 10,000 transactions were checked.",
        "Of 10,000 transactions, 17 concern structuring.",
        "6 of the 40 findings are structuring, with 17 transactions worth EUR 98,450.00.",
        "Structuring makes up six of the forty findings.",
        "Structuring came to about EUR 98,000, or 98.450,00 EUR to be exact.",
        "Refunds came to EUR 1.2 million, that is to say over EUR 1,234,000.",
        "Refunds are worth nearly EUR 1,235,000.",
        "The share is 12 %.",
        "The share is 12 percent.",
        "Thaddeus Vole made three cash deposits from 4 July 2026 to 6 July 2026, EUR 28,450.00 in all.",
        "Thaddeus Vole made 3 cash deposits (K-17, K-21, K-30).",
        "THADDEUS VOLE deposited 28 450,00 in all.",
        "K-17 is worth EUR 9,900.00 and K-21 EUR 9,800.00.",
        "Finding F-07 is about 3 cash deposits.",
        "Thaddeus Vole made 3 cash deposits, while Ottoline Quill made 2.",
        "In the period of this report there were 40 findings in all.",
        "Thaddeus Vole is one of those concerned. The deposits came to EUR 28,450.00.",
    ],
)
def test_what_a_fact_says_is_right_however_it_is_written(text: str) -> None:
    assert figure_problems(text, FACTS) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("There are 41 findings.", "41"),
        ("There are 40 transactions.", "40"),
        ("There are no findings.", "no"),
        ("Structuring: 5 of the 40 findings.", "5"),
        ("Structuring is 6 of the 41 findings.", "41"),
        ("Structuring is behind 40 findings.", "40"),
        ("Structuring came to EUR 98,540.00.", "98,540.00"),
        ("Structuring came to USD 98,450.00.", "USD 98,450.00"),
        ("Structuring came to about EUR 97,000.", "97,000"),
        ("Structuring came to over EUR 99,000.", "99,000"),
        ("Structuring came to EUR 98,000.", "98,000"),
        ("Refunds came to EUR 1.3 million.", "1.3 million"),
        ("The share is 13 %.", "13 %"),
        ("The share is EUR 12.", "EUR 12"),
        ("Thaddeus Vole made 2 cash deposits.", "2"),
        ("Thaddeus Vole made four cash deposits.", "four"),
        ("Thaddeus Vole made 3 cash deposits within 3 days.", "3"),
        ("Thaddeus Vole deposited EUR 19,950.50.", "19,950.50"),
        ("Thaddeus Vole made 3 cash deposits from 4 July 2025.", "2025"),
        ("Thaddeus Vole made 3 cash deposits from 5 August 2026.", "5 August"),
        ("Thaddeus Vole made 3 cash deposits (K-17, K-21, K-44).", "K-44"),
        ("Thaddeus Vole made 3 cash deposits (K-17, K-17, K-30).", "K-17"),
        ("Thaddeus Vole made 3 cash deposits (K-17, K-99).", "99"),
        ("K-17 is worth EUR 9,800.00.", "9,800.00"),
        ("F-07 is about K-44.", "K-44"),
        ("Ottoline Vole made a deposit.", "Ottoline Vole"),
        ("Zebediah Quill made a deposit.", "Zebediah"),
        ("Thaddeus Vole made 3 cash deposits [amount].", "[amount]"),
        ("Thaddeus Vole made 3 cash deposits, Ottoline Quill made 3.", "3"),
    ],
)
def test_what_no_fact_says_of_it_is_named(text: str, wrong: str) -> None:
    problems = figure_problems(text, FACTS)
    assert [one for one in problems if wrong in one], problems


def sections() -> list[tuple[str, tuple[Statement, ...]]]:
    """Right sections, with their facts: those of code of every sample, and those of a good writer."""
    right = []
    for path in INPUTS:
        request, found = checked(path)
        for key in SectionKey:
            statements = facts(key, request, found)
            right.append(("\n\n".join(template(key, statements).paragraphs), statements))
    request, found = checked(PLAIN)
    return right + [("\n\n".join(said), facts(key, request, found)) for key, said in SECTIONS.items()]


def test_code_and_a_good_writer_write_nothing_that_no_fact_says() -> None:
    for text, statements in sections():
        assert figure_problems(text, statements) == [], text


def test_code_writes_a_section_whatever_the_length_of_its_facts() -> None:
    for length in (1, 100, 540, 549, 550, 551, 5000):
        long = tuple(Statement(says=f"{'a' * length}{n}.", about=("Acme",)) for n in range(40))
        written = template(SectionKey.CASH, (*FACTS[:2], *long)).paragraphs
        assert 1 <= len(written) <= 3
        assert length == 1 or "The table of findings names the others." in written[-1]


def test_one_digit_that_is_altered_is_caught_wherever_it_stands() -> None:
    chance = random.Random(7)
    for text, statements in sections():
        digits = [at for at, letter in enumerate(text) if letter.isdigit()]
        for at in chance.sample(digits, min(6, len(digits))):
            other = chance.choice([digit for digit in "0123456789" if digit != text[at]])
            altered = f"{text[:at]}{other}{text[at + 1 :]}"
            assert is_rounded(text, at) or figure_problems(altered, statements), altered[max(0, at - 60) : at + 30]


def is_rounded(text: str, at: int) -> bool:
    """A figure that is said to be about right may be so in two ways: `about 98,000` and `about 98,500`."""
    return any(word in text[max(0, at - 24) : at] for word in ("about EUR", "nearly EUR"))


amounts = st.decimals(min_value="1000", max_value="9999999", places=2)


@given(amounts, st.data())
def test_any_digit_of_any_amount_counts(amount: object, data: st.DataObject) -> None:
    said = f"{amount:,.2f}"
    fact = Statement(says=f"Acme: 3 payments, EUR {said}.", about=("Acme",))
    at = data.draw(st.sampled_from([place for place, letter in enumerate(said) if letter.isdigit()]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != said[at]]))
    altered = f"{said[:at]}{other}{said[at + 1 :]}"
    assert figure_problems(f"Acme was paid EUR {said}.", (fact,)) == []
    assert figure_problems(f"Acme was paid EUR {altered}.", (fact,)) != []


@given(amounts, st.integers(0, 5))
def test_a_rounded_amount_is_right_to_the_digit_that_it_says(amount: object, places: int) -> None:
    fact = Statement(says=f"Acme: EUR {amount:.2f}.", about=("Acme",))
    unit = 10**places
    rounded = round(float(str(amount)) / unit) * unit
    if rounded:
        assert figure_problems(f"Acme was paid about EUR {rounded:,}.", (fact,)) == []
    assert figure_problems(f"Acme was paid about EUR {rounded + 3 * 10**7:,}.", (fact,)) != []


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_no_text_and_no_name_breaks_the_check(text: str, names: list[str]) -> None:
    statements = [Statement(says=f"{name}: 3 payments, EUR 10.00.", about=(name,)) for name in names]
    figure_problems(text, statements)


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    text = "Thaddeus Vole made 3 cash deposits, EUR 28,450.00, " * 400
    assert figure_problems(text, FACTS) == []
