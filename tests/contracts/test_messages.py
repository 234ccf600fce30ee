"""What people may say to a run: read strictly, because a lenient `approved: "yes"` would be a yes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from contracts.gates import DECISION, AnswerGate, Approve, Reject, Stop

WELL_FORMED: list[dict[str, Any]] = [
    {"verdict": "approve", "by": "ann"},
    {"verdict": "approve", "by": "ann", "gate": "review-email", "digest": "9f86", "note": "fine\nby me\tthen"},
    {"verdict": "approve", "by": "ann", "edit": {"subject": "Shorter", "body": "…"}},
    {"verdict": "reject", "by": "Jürgen Groß", "reason": "the wrong lead"},
    {"verdict": "answer", "by": "ann", "text": "It went out."},
    {"verdict": "answer", "by": "ann", "choice": "yes"},
    {"verdict": "answer", "by": "ann", "choice": 2},
]


def refused(message: JsonValue) -> str:
    """Why a decision is refused."""
    with pytest.raises(ValidationError) as error:
        DECISION.validate_python(message)
    return str(error.value)


@pytest.mark.parametrize("message", WELL_FORMED, ids=str)
def test_a_well_formed_decision_is_read_as_it_was_said(message: dict[str, Any]) -> None:
    assert DECISION.validate_python(message).model_dump(exclude_unset=True) == message


@pytest.mark.parametrize("message", WELL_FORMED, ids=str)
def test_a_field_that_no_decision_has_is_refused(message: dict[str, Any]) -> None:
    assert "aproved" in refused({**message, "aproved": True})


@pytest.mark.parametrize("message", WELL_FORMED, ids=str)
def test_a_decision_without_a_sender_is_refused(message: dict[str, Any]) -> None:
    assert "by" in refused({key: value for key, value in message.items() if key != "by"})


@pytest.mark.parametrize("message", [None, True, 1, "approve", [], {}, {"by": "ann"}, {"verdict": "yes", "by": "ann"}])
def test_what_is_no_decision_at_all_is_refused(message: JsonValue) -> None:
    assert refused(message)


@pytest.mark.parametrize("field", ["by", "gate", "digest", "note"])
@pytest.mark.parametrize("value", [1, 1.5, True, ["ann"], {"name": "ann"}, b"ann"], ids=repr)
def test_numbers_and_booleans_are_not_made_into_text(field: str, value: Any) -> None:
    assert field in refused({"verdict": "approve", "by": "ann", field: value})


@pytest.mark.parametrize("choice", [True, False, 1.0, 2.5, ["yes"], None], ids=repr)
def test_a_choice_is_a_number_or_a_text_and_nothing_that_looks_like_one(choice: Any) -> None:
    assert refused({"verdict": "answer", "by": "ann", "choice": choice})


def test_a_choice_in_words_stays_words() -> None:
    answer = DECISION.validate_python({"verdict": "answer", "by": "ann", "choice": "2"})
    assert isinstance(answer, AnswerGate)
    assert answer.choice == "2"


@pytest.mark.parametrize("said", [{}, {"text": "yes", "choice": "yes"}])
def test_an_answer_is_either_words_or_a_choice(said: dict[str, Any]) -> None:
    assert "either text or choice" in refused({"verdict": "answer", "by": "ann", **said})


@pytest.mark.parametrize("by", ["", " ", "\t", "a\nb", "a\x00b", "a\u202eb", "a" * 201], ids=repr)
def test_a_sender_has_one_to_two_hundred_printable_characters(by: str) -> None:
    assert "by" in refused({"verdict": "approve", "by": by})


def test_a_sender_of_two_hundred_characters_is_heard_and_blanks_around_are_dropped() -> None:
    assert DECISION.validate_python({"verdict": "approve", "by": "a" * 200}).by == "a" * 200
    assert DECISION.validate_python({"verdict": "approve", "by": "  ann "}).by == "ann"


@pytest.mark.parametrize(("verdict", "field"), [("approve", "note"), ("reject", "reason"), ("answer", "text")])
def test_notes_reasons_and_texts_have_at_most_four_thousand_characters(verdict: str, field: str) -> None:
    said = DECISION.validate_python({"verdict": verdict, "by": "ann", field: "a" * 4000})
    assert len(getattr(said, field)) == 4000
    assert field in refused({"verdict": verdict, "by": "ann", field: "a" * 4001})
    assert field in refused({"verdict": verdict, "by": "ann", field: ""})
    assert field in refused({"verdict": verdict, "by": "ann", field: "a\x1b[2Jb"})


@pytest.mark.parametrize("reason", [None, "", 1])
def test_a_rejection_and_a_stop_give_a_reason(reason: Any) -> None:
    assert "reason" in refused({"verdict": "reject", "by": "ann", "reason": reason})
    assert "reason" in refused({"verdict": "reject", "by": "ann"})
    for message in ({"by": "ann", "reason": reason}, {"by": "ann"}):
        with pytest.raises(ValidationError, match="reason"):
            Stop.model_validate(message)


@pytest.mark.parametrize("edit", ["subject", ["subject"], 1, True, {1: "subject"}], ids=repr)
def test_an_edit_is_an_object_of_named_fields(edit: Any) -> None:
    assert "edit" in refused({"verdict": "approve", "by": "ann", "edit": edit})


def test_a_verdict_is_understood_in_its_own_message_only() -> None:
    assert "reason" in refused({"verdict": "approve", "by": "ann", "reason": "because"})
    assert "note" in refused({"verdict": "reject", "by": "ann", "reason": "because", "note": "well"})
    with pytest.raises(ValidationError, match="verdict"):
        Approve.model_validate({"by": "ann", "verdict": "reject"})


def test_a_signal_needs_no_verdict_because_its_name_is_one() -> None:
    assert Approve.model_validate({"by": "ann"}).verdict == "approve"
    assert Reject.model_validate({"by": "ann", "reason": "no"}).verdict == "reject"
    assert AnswerGate.model_validate({"by": "ann", "choice": 1}).verdict == "answer"


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(["verdict", "by", "gate", "digest", "note", "reason", "edit", "text", "choice", "x"])
VERDICTS = st.sampled_from(["approve", "reject", "answer"])


@given(message=JSON | st.dictionaries(FIELDS, VERDICTS | JSON, max_size=6))
def test_whatever_is_sent_is_read_or_refused_and_nothing_else(message: JsonValue) -> None:
    try:
        decision = DECISION.validate_python(message)
    except ValidationError:
        return
    assert 1 <= len(decision.by) <= 200
    assert decision.by.isprintable()
    assert isinstance(message, dict)
    assert decision.verdict == message["verdict"]
