"""The rules of admission fail closed, whatever the table and whatever is known."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.customers import Admission
from contracts.identity import age_on, birth_date_differs, document_in_short, expiry_of
from contracts.kyc import MUST_ASK, KycFacts, KycRule, KycTable, Verdict, decide
from contracts.mrz import MrzFormat, read_mrz
from tests.support.mrz import Paper, write_mrz

GOOD = KycFacts(
    wrong_check_digits=0,
    document_number_differs=False,
    document_expired=False,
    days_to_expiry=900,
    name_similarity=100,
    birth_date_differs=False,
    nationality_differs=False,
    age=40,
    nationality="UTO",
    issuer="UTO",
    residence="UTO",
    watchlist_score=20,
    watchlist_same_birth_score=0,
    credit_file=True,
    credit_score=800,
    credit_defaults=0,
    credit_limit=0,
)
UNKNOWN = [name for name, field in KycFacts.model_fields.items() if "None" in str(field.annotation)]
TODAY = date(2026, 11, 22)


def rule(fact: str, then: str = "refuse", **condition: Any) -> KycRule:
    """A line that speaks where something is wrong."""
    usual = condition or _usual(fact)
    return KycRule.model_validate({"id": fact, "fact": fact, "then": then, "because": f"of {fact}", **usual})


def _usual(fact: str) -> dict[str, Any]:
    if isinstance(getattr(GOOD, fact), bool):
        return {"equals": True}
    if isinstance(getattr(GOOD, fact), str):
        return {"one_of": ["XEM"]}
    return {"at_most": 17} if fact in ("age", "credit_score", "name_similarity") else {"at_least": 80}


WHOLE = tuple(rule(fact) for fact in MUST_ASK)


def table(*rules: KycRule) -> KycTable:
    """A table of these lines."""
    return KycTable(version="test", digest="0" * 64, rules=rules)


def verdict(facts: KycFacts, *rules: KycRule) -> Verdict:
    """What the rules say."""
    return decide(table(*rules), facts, "1" * 64).verdict


def test_whom_no_line_stops_passes() -> None:
    decision = decide(table(*WHOLE), GOOD, "1" * 64)
    assert (decision.verdict, decision.fired) == (Verdict.PASS, ())
    assert (decision.rules_version, decision.rules_digest, decision.watchlist_digest) == ("test", "0" * 64, "1" * 64)


@pytest.mark.parametrize("left_out", MUST_ASK)
def test_a_table_that_does_not_ask_what_it_must_lets_nobody_pass(left_out: str) -> None:
    lines = [line for line in WHOLE if line.fact != left_out]
    assert verdict(GOOD, *lines) is Verdict.REFER


def test_an_empty_table_lets_nobody_pass() -> None:
    assert verdict(GOOD) is Verdict.REFER


@pytest.mark.parametrize("fact", [fact for fact in UNKNOWN if fact in MUST_ASK])
def test_what_is_not_known_is_referred(fact: str) -> None:
    assert verdict(GOOD.model_copy(update={fact: None}), *WHOLE) is Verdict.REFER


@given(st.lists(st.sampled_from(WHOLE), max_size=9), st.sampled_from(["refer", "refuse"]), st.data())
def test_no_further_line_ever_makes_a_verdict_milder(lines: list[KycRule], then: str, data: st.DataObject) -> None:
    fact = data.draw(st.sampled_from([*KycFacts.model_fields]))
    order = [Verdict.PASS, Verdict.REFER, Verdict.REFUSE]
    before = decide(table(*lines), GOOD, "1" * 64)
    after = decide(table(*lines, rule(fact, then)), GOOD, "1" * 64)
    asked = {line.fact for line in (*lines, rule(fact))}
    assert (after.verdict is Verdict.PASS) == (set(MUST_ASK) <= asked and not after.fired)
    if fact not in MUST_ASK:
        assert order.index(after.verdict) >= order.index(before.verdict)


@given(st.sampled_from(["refer", "refuse"]), st.integers(-5, 120), st.integers(-5, 120))
def test_a_limit_holds_at_the_limit_itself(then: str, limit: int, age: int) -> None:
    facts = GOOD.model_copy(update={"age": age})
    assert (rule("age", then, at_most=limit).holds(facts), rule("age", then, at_least=limit).holds(facts)) == (
        age <= limit,
        age >= limit,
    )


def test_a_refusal_outweighs_a_referral_and_both_are_told() -> None:
    facts = GOOD.model_copy(update={"residence": "XEM", "age": 12})
    decision = decide(table(*WHOLE, rule("residence", "refer", one_of=["XEM"])), facts, "1" * 64)
    assert decision.verdict is Verdict.REFUSE
    assert [(one.fact, one.then, one.value) for one in decision.fired] == [
        ("age", "refuse", "12"),
        ("residence", "refuse", "XEM"),
        ("residence", "refer", "XEM"),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"fact": "shoe_size", "at_least": 3}, "shoe_size, which is no fact"),
        ({"fact": "age"}, "needs one condition, of at_least, at_most"),
        ({"fact": "age", "at_least": 1, "at_most": 2}, "needs one condition"),
        ({"fact": "age", "equals": True}, "needs one condition, of at_least, at_most"),
        ({"fact": "document_expired", "at_least": 1}, "needs one condition, of equals"),
        ({"fact": "residence", "equals": True}, "needs one condition, of one_of, none_of"),
        ({"fact": "residence", "one_of": []}, "at least 1 item"),
        ({"fact": "residence", "one_of": ["Utopia"]}, "one_of"),
        ({"fact": "age", "at_most": 17, "then": "pass"}, "rules refer or refuse"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(line: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        KycRule.model_validate({"id": "X", "then": "refuse", "because": "so", **line})


def test_none_of_names_whom_a_line_leaves_alone() -> None:
    line = rule("residence", none_of=["UTO", "CHE"])
    assert (line.holds(GOOD), line.holds(GOOD.model_copy(update={"residence": "XEM"}))) == (False, True)


@pytest.mark.parametrize("officers", [(), ("ann",), ("ann", "ann"), ("ann", "ANN")])
def test_no_admission_of_a_referred_case_has_fewer_than_two_officers(officers: tuple[str, ...]) -> None:
    said = {"verdict": "refer", "rules_version": "1", "rules_digest": "0" * 64, "watchlist_digest": "0" * 64}
    with pytest.raises(ValidationError, match="takes 2 different officers"):
        Admission.model_validate({**said, "officers": officers})
    assert Admission.model_validate({**said, "officers": ("ann", "bob")}).verdict is Verdict.REFER


@pytest.mark.parametrize("verdict", ["refuse", "", None])
def test_nobody_is_admitted_by_a_refusal_or_by_nothing(verdict: str | None) -> None:
    with pytest.raises(ValidationError):
        Admission.model_validate(
            {"verdict": verdict, "officers": ("ann", "bob"), "rules_version": "1", "rules_digest": "", "x": 1}
        )


@pytest.mark.parametrize(
    ("expiry", "day"),
    [("261122", "2026-11-22"), ("301231", "2030-12-31"), ("991231", "1999-12-31"), ("760101", "2076-01-01")],
)
def test_the_century_of_an_expiry_is_the_nearest(expiry: str, day: str) -> None:
    found = expiry_of(read_mrz(write_mrz(MrzFormat.TD3, Paper(expiry=expiry))), TODAY)
    assert str(found) == day


def test_a_day_that_its_month_does_not_have_is_no_expiry() -> None:
    assert expiry_of(read_mrz(write_mrz(MrzFormat.TD3, Paper(expiry="300230"))), TODAY) is None


@pytest.mark.parametrize(
    ("birth", "born", "differs"),
    [
        ("740812", date(1974, 8, 12), False),
        ("740812", date(1974, 8, 13), True),
        ("74<<<<", date(1974, 1, 2), False),
        ("74<<<<", date(1975, 1, 2), True),
        ("<<<<<<", date(1974, 8, 12), None),
    ],
)
def test_the_parts_of_a_birth_date_that_are_known_are_compared(birth: str, born: date, differs: bool | None) -> None:
    assert birth_date_differs(read_mrz(write_mrz(MrzFormat.TD3, Paper(birth=birth))), born) is differs


@pytest.mark.parametrize(("born", "age"), [("2008-11-22", 18), ("2008-11-23", 17), ("2008-02-29", 18)])
def test_an_age_is_in_whole_years(born: str, age: int) -> None:
    assert age_on(TODAY, date.fromisoformat(born)) == age


@given(st.text("ABC123", min_size=1, max_size=9))
def test_no_number_is_shown_in_full(number: str) -> None:
    assert number not in document_in_short(read_mrz(write_mrz(MrzFormat.TD3, Paper(number=number)))).partition("num")[2]
