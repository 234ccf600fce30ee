"""A person at a gate: what they saw last is what their yes is for."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.gates import AnswerGate, Approve, Card, GateKind, OpenGate, Reject
from starters.cli import terminal
from starters.cli.asking import ask_person

Types = Callable[..., None]
BOUND: dict[str, Any] = {"by": "ann", "gate": "review-email", "digest": "d" * 64}


def gate(kind: GateKind = GateKind.APPROVAL, choices: tuple[str, ...] = ()) -> OpenGate:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    card = Card(
        gate="review-email",
        kind=kind,
        question="Send it?",
        digest="d" * 64,
        deadline=now,
        opened_at=now,
        choices=choices,
    )
    return OpenGate(card=card, subject={"subject": "Hello", "body": "Dear Zoë,\nbye\n"}, editable=("subject", "body"))


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Types:
    """Makes a person type these lines, then Ctrl-D."""

    def type_lines(*lines: str, editor: bool = False) -> None:
        rest: Iterator[str] = iter(lines)

        def read() -> str:
            for line in rest:
                return line
            raise EOFError

        monkeypatch.setattr("builtins.input", read)
        monkeypatch.setenv("EDITOR", "sed -i s/Zoë/Zora/" if editor else "")
        monkeypatch.delenv("VISUAL", raising=False)

    return type_lines


def test_yes_approves_what_is_shown(types: Types, capsys: pytest.CaptureFixture[str]) -> None:
    types("maybe", "y")
    assert ask_person(gate(), "ann") == Approve(**BOUND)
    assert "Dear Zoë," in capsys.readouterr().out


def test_an_edit_sends_the_fields_that_changed_and_no_others(types: Types) -> None:
    types("e", "Another subject", ".", "y")
    assert ask_person(gate(), "ann") == Approve(**BOUND, edit={"subject": "Another subject"})


def test_a_text_of_several_lines_is_typed_up_to_a_dot(types: Types) -> None:
    types("e", "", "Dear Zora,", "", "bye", ".", "y")
    assert ask_person(gate(), "ann") == Approve(**BOUND, edit={"body": "Dear Zora,\n\nbye\n"})


def test_a_text_of_several_lines_goes_through_the_users_editor(types: Types) -> None:
    types("e", "", "y", editor=True)
    assert ask_person(gate(), "ann") == Approve(**BOUND, edit={"body": "Dear Zora,\nbye\n"})


def test_an_edit_that_was_taken_back_is_none(types: Types) -> None:
    types("e", "Another subject", ".", "e", "Hello", ".", "y")
    assert ask_person(gate(), "ann") == Approve(**BOUND)


def test_an_edit_outlives_a_no_that_could_not_be_taken(types: Types, capsys: pytest.CaptureFixture[str]) -> None:
    types("e", "Another subject", ".", "n", "no \x1b[31m", "y")
    assert ask_person(gate(), "ann") == Approve(**BOUND, edit={"subject": "Another subject"})
    assert "that cannot be taken: reason" in capsys.readouterr().out


def test_a_no_needs_a_reason(types: Types) -> None:
    types("n", "", "not now")
    assert ask_person(gate(), "ann") == Reject(**BOUND, reason="not now")


@pytest.mark.parametrize("lines", [("q",), ("e", "Another subject"), ("n",), ()])
def test_leaving_decides_nothing(types: Types, lines: tuple[str, ...]) -> None:
    types(*lines)
    assert ask_person(gate(), "ann") is None


def test_a_question_is_answered_in_words_and_a_choice_by_one_of_them(types: Types) -> None:
    types("", "in January")
    assert ask_person(gate(GateKind.QUESTION), "ann") == AnswerGate(**BOUND, text="in January")
    types("yes")
    assert ask_person(gate(GateKind.OUTCOME, ("yes", "no")), "ann") == AnswerGate(**BOUND, choice="yes")
    types("q")
    assert ask_person(gate(GateKind.OUTCOME, ("yes", "no")), "ann") is None


def test_an_editor_that_fails_changes_nothing(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    types("e", "", "y")
    monkeypatch.setenv("EDITOR", "false")
    assert ask_person(gate(), "ann") == Approve(**BOUND)


def test_nobody_is_asked_where_nobody_sits() -> None:
    assert terminal.can_ask() is False
