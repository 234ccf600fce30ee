"""Fields of a subject: as text in a form, and back as an edit."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.gates import AnswerGate, Approve, Card, GateKind, OpenGate, Reject
from starters.inbox.fields import differing, edit_of, editable_fields
from starters.inbox.signing import commands
from starters.inbox.subjects import lay_out
from starters.inbox.verdicts import Wrong, allowed, by_field, decision_of

SUBJECT: dict[str, Any] = {
    "title": "Offer",
    "body": "Dear Ann,\n\nyes.\n",
    "price": "12.50",
    "count": 3,
    "urgent": False,
    "tags": ["a", "b"],
    "note": None,
}
NAMES = tuple(SUBJECT)


def gate(kind: GateKind = GateKind.APPROVAL, **changes: Any) -> OpenGate:
    """An open gate about the subject."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    card = Card(gate="review", kind=kind, question="Send?", digest="d" * 64, deadline=at, opened_at=at)
    return OpenGate(card=card.model_copy(update=changes), subject=SUBJECT, editable=NAMES)


def typed(**changes: str) -> dict[str, str]:
    """What a form sends that was filled in as it is, but for these."""
    fields = editable_fields(SUBJECT, NAMES, {}, SUBJECT, {})
    sent = {f"edit.{name}": one.text.replace("\n", "\r\n") for name, one in fields.items()}
    return sent | {f"edit.{name}": text for name, text in changes.items()}


def test_a_form_that_nobody_touched_is_no_edit() -> None:
    assert edit_of(SUBJECT, NAMES, typed()) == ({}, {})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("title", "Other", "Other"),
        ("body", "one\r\ntwo", "one\ntwo"),
        ("title", "", ""),
        ("price", "13", "13"),
        ("count", "4", 4),
        ("urgent", "true", True),
        ("tags", '["a"]', ["a"]),
        ("note", "now there is one", "now there is one"),
    ],
)
def test_what_was_changed_is_an_edit_of_the_same_kind(name: str, text: str, value: Any) -> None:
    assert edit_of(SUBJECT, NAMES, typed(**{name: text})) == ({name: value}, {})


@pytest.mark.parametrize("text", ["", "[", "NaN", "1e999", '"\\ud800"', '{"a": Infinity}', "[" * 100_000, "9" * 10_000])
def test_what_is_no_json_is_said_at_its_field(text: str) -> None:
    edit, problems = edit_of(SUBJECT, NAMES, typed(tags=text))
    assert (edit, list(problems)) == ({}, ["tags"])
    assert problems["tags"].startswith("this is not JSON: ")


def test_json_that_is_only_written_otherwise_is_no_edit() -> None:
    assert edit_of(SUBJECT, NAMES, typed(tags='["a","b"]')) == ({}, {})


def test_fields_that_nobody_may_change_are_left_alone() -> None:
    assert edit_of(SUBJECT, ("title",), typed(body="mine", title="ours")) == ({"title": "ours"}, {})


def test_what_was_typed_stays_and_what_was_left_alone_is_new() -> None:
    now = {**SUBJECT, "title": "New offer", "body": "New text"}
    fields = editable_fields(now, NAMES, typed(title="My offer"), SUBJECT, {"title": "too short", "tags.0": "odd"})
    assert (fields["title"].text, fields["title"].now, fields["title"].problem) == (
        "My offer",
        "New offer",
        "too short",
    )
    assert (fields["body"].text, fields["body"].now) == ("New text", None)
    assert fields["tags"].problem == "0: odd"
    assert differing(SUBJECT, now) == ["title", "body"]


def test_hidden_characters_in_a_field_are_spelt_out_beside_it() -> None:
    fields = editable_fields({"title": "a\u202eb"}, ("title",), {}, None, {})
    assert (fields["title"].text, fields["title"].hidden) == ("a\u202eb", "a[U+202E]b")


def test_a_short_text_has_one_line_and_a_long_one_several() -> None:
    kinds = {name: one.kind for name, one in editable_fields(SUBJECT, NAMES, {}, SUBJECT, {}).items()}
    assert kinds == {
        "title": "line",
        "body": "text",
        "price": "line",
        "count": "code",
        "urgent": "switch",
        "tags": "code",
        "note": "line",
    }


def test_a_mail_is_laid_out_as_one_and_nothing_of_it_is_left_out() -> None:
    mail = {"drafted_by": "m", "body": "b", "to": {"name": "Ann", "email": "a@x.example"}, "subject": "s", "odd": 1}
    found = lay_out(mail, {})
    assert found.is_mail
    assert [(part.label, part.value) for part in found.parts] == [
        ("To", "Ann <a@x.example>"),
        ("Subject", "s"),
        ("Message", "b"),
        ("Drafted by", "m"),
        ("Odd", "1"),
    ]


@pytest.mark.parametrize("subject", [None, "text", 3, [1, [2]], {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, {}])
def test_any_subject_can_be_laid_out(subject: Any) -> None:
    assert not lay_out(subject, {}).is_mail


def test_what_lies_deep_is_shown_as_json() -> None:
    part = lay_out({"a": {"b": {"c": {"d": {"e": [1]}}}}}, {}).parts[0]
    while part.kind == "rows":
        part = part.value[0]
    assert (part.kind, json.loads(part.value)) == ("code", [1])


def test_decisions_are_bound_to_what_the_page_showed() -> None:
    approved = decision_of(gate(), "ann", {**typed(title="New"), "verdict": "approve", "say": " fine "})
    assert approved == Approve(by="ann", gate="review", digest="d" * 64, note="fine", edit={"title": "New"})
    rejected = decision_of(gate(), "ann", {"verdict": "reject", "say": "no\r\nway"})
    assert rejected == Reject(by="ann", gate="review", digest="d" * 64, reason="no\nway")
    chosen = decision_of(gate(GateKind.OUTCOME, choices=("yes", "no")), "ann", {"verdict": "answer", "choice": "2"})
    assert chosen == AnswerGate(by="ann", gate="review", digest="d" * 64, choice=2)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"verdict": "reject", "say": "  "}, "say"),
        ({"verdict": "approve", "say": "x" * 4001}, "say"),
        ({"verdict": "approve", "say": "\x07"}, "say"),
        ({"verdict": "approve", "edit.tags": "["}, "tags"),
        ({"verdict": "sell"}, None),
        ({}, None),
    ],
)
def test_what_is_no_decision_is_said_where_it_stands(form: dict[str, str], field: str | None) -> None:
    wrong = decision_of(gate(), "ann", form)
    assert isinstance(wrong, Wrong)
    assert list(wrong.problems) == ([field] if field else [])
    assert (wrong.reason is None) is (field is not None)


@pytest.mark.parametrize("number", ["", "0", "3", "-1", "yes", "1.0", "\u0661"])
def test_only_a_choice_that_is_there_can_be_made(number: str) -> None:
    asked = gate(GateKind.QUESTION, choices=("red", "blue"))
    wrong = decision_of(asked, "ann", {"verdict": "answer", "choice": number})
    assert wrong == Wrong({"choice": "choose one of these"})


def test_the_buttons_are_those_that_mean_something() -> None:
    assert allowed(gate(), "ann") == ("approve", "reject")
    assert allowed(gate(needed=2), "ann") == ("approve", "reject", "abstain")
    assert allowed(gate(waits_on=("role:lead",)), "ann") == ("approve", "reject", "abstain")
    assert allowed(gate(needed=1, approved_by=("ANN",)), "ann") == ("retract",)
    assert allowed(gate(abstained=("ann",)), "ann") == ("retract",)
    assert allowed(gate(GateKind.QUESTION), "ann") == ("answer",)


def test_a_runs_problems_go_to_their_fields_and_the_rest_to_the_answer() -> None:
    assert by_field({"title": "short", "tags.0": "odd", "price": "low"}, ("title", "tags")) == Wrong(
        {"title": "short", "tags.0": "odd", "say": "price: low"}
    )
    assert by_field({}, ("title",)) == Wrong({})


def test_a_signed_decision_is_a_command_with_everything_in_it() -> None:
    card = gate(signed=True).card
    approve, reject = commands("a/b c", card, "ann")
    assert approve == f"signoff approve 'a/b c' --gate review --by ann --digest {'d' * 64} --key KEY-FILE"
    assert reject == f"signoff reject 'a/b c' --gate review --by ann --digest {'d' * 64} --reason WHY --key KEY-FILE"
    asked = card.model_copy(update={"kind": GateKind.OUTCOME, "choices": ("yes", "no")})
    assert [command.split()[-3] for command in commands("r", asked, "ann")] == ["1", "2"]
