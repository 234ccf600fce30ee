"""Name matching: the threshold in use is the one that was measured, and the page says what is measured today."""

import re

from hypothesis import given
from hypothesis import strategies as st

from activities.tools.names import similarity
from activities.tools.screening import read_rules
from bench.names.__main__ import REPORT, report
from bench.names.measure import best, read_pairs, score, worth
from contracts.kyc import Verdict
from runtime.settings import SAMPLE_KYC

RULES = {rule.id: rule for rule in read_rules(SAMPLE_KYC / "rules.toml").rules}


def test_there_are_two_hundred_different_pairs_of_many_kinds() -> None:
    pairs = read_pairs()
    assert (len(pairs), len({(pair.one, pair.other) for pair in pairs})) == (200, 200)
    assert 90 <= sum(pair.same for pair in pairs) <= 110
    assert len({pair.kind for pair in pairs}) >= 18


def test_the_threshold_in_use_is_the_one_that_was_measured() -> None:
    chosen = best(read_pairs())
    assert (RULES["W2"].fact, RULES["W2"].at_least, RULES["W2"].then) == (
        "watchlist_score",
        chosen.threshold,
        Verdict.REFER,
    )
    assert RULES["P2"].at_most == chosen.threshold - 1


def test_the_threshold_finds_nine_of_ten_and_four_of_five_finds_are_right() -> None:
    chosen = best(read_pairs())
    assert chosen.recall >= 0.9
    assert chosen.precision >= 0.8


def test_the_page_shows_what_is_measured_today() -> None:
    def figures(text: str) -> list[str]:
        return re.findall(r"^\|.*|^\*\*In use.*", text, re.MULTILINE)

    assert figures(REPORT.read_text(encoding="utf-8")) == figures(report(read_pairs()))


def test_a_higher_threshold_never_finds_more() -> None:
    rows = [worth(threshold, read_pairs()) for threshold in range(60, 101)]
    assert [row.found for row in rows] == sorted((row.found for row in rows), reverse=True)
    assert [row.false for row in rows] == sorted((row.false for row in rows), reverse=True)


def test_which_of_two_names_comes_first_makes_no_difference() -> None:
    for _, _, one, other in read_pairs():
        assert similarity(one, other) == similarity(other, one), (one, other)


def test_surnames_may_come_first() -> None:
    threshold = best(read_pairs()).threshold
    for _, _, one, other in read_pairs():
        if len(names := other.split()) == 2 and "-" not in other:
            turned = f"{names[1]}, {names[0]}"
            alike = [round(similarity(one, name)) >= threshold for name in (turned, other)]
            assert alike[0] == alike[1], (one, other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_have_a_likeness_from_nothing_to_the_same(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 100
    assert similarity(one, one) in (0, 100)


def test_scores_are_whole_numbers_of_a_hundred() -> None:
    assert {type(score(pair)) for pair in read_pairs()} == {int}
