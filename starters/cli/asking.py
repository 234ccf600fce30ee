"""Asking a person for a decision, right here."""

from typing import Any

from pydantic import ValidationError

from contracts.gates import AnswerGate, Approve, Decision, GateKind, OpenGate, Reject
from runtime.problems import problem_line
from starters.cli.output import block, clean_line, console
from starters.cli.subjects import render
from starters.cli.terminal import ask, edit


def ask_person(gate: OpenGate, by: str) -> Decision | None:
    """Show what the gate shows, and take the person's decision; None leaves it waiting. Raises KeyboardInterrupt."""
    show_gate(gate)
    take = _approval if gate.card.kind is GateKind.APPROVAL else _answer
    while True:
        try:
            return take(gate, by)
        except EOFError:
            return None
        except ValidationError as error:
            console().print(f"that cannot be taken: {clean_line(problem_line(error))}")


def show_gate(gate: OpenGate) -> None:
    """The question, and everything that the answer is about."""
    block(clean_line(gate.card.question), render(gate.subject))


def _approval(gate: OpenGate, by: str) -> Decision | None:
    bound: dict[str, Any] = {"by": by, "gate": gate.card.gate, "digest": gate.card.digest}
    edits: dict[str, Any] = {}
    keys = "y approve, e edit, n reject, q leave it waiting:" if gate.editable else "y approve, n reject, q leave it:"
    while True:
        match ask(keys).lower():
            case "y" | "yes":
                return Approve(**bound, edit=edits or None)
            case "n" | "no":
                return Reject(**bound, reason=_reason())
            case "e" | "edit" if gate.editable:
                edits = _edits(gate, edits)
                block("As edited", render(_with(gate, edits)))
            case "q" | "quit":
                return None


def _answer(gate: OpenGate, by: str) -> Decision | None:
    card = gate.card
    said = ask(f"{' or '.join(card.choices)}, q leaves it waiting:" if card.choices else "Your answer (q leaves it):")
    if said in ("q", ""):
        return None
    bound: dict[str, Any] = {"by": by, "gate": card.gate, "digest": card.digest}
    return AnswerGate(**bound, choice=said) if card.choices else AnswerGate(**bound, text=said)


def _reason() -> str:
    while True:
        if reason := ask("Why not?"):
            return reason


def _edits(gate: OpenGate, edits: dict[str, Any]) -> dict[str, Any]:
    """The fields that differ from what the gate shows."""
    shown = gate.subject if isinstance(gate.subject, dict) else {}
    now = {**shown, **edits}
    texts = {name: edit(name, now[name]) for name in gate.editable if isinstance(now.get(name), str)}
    return {name: text for name, text in texts.items() if text != shown[name]}


def _with(gate: OpenGate, edits: dict[str, Any]) -> Any:
    return {**gate.subject, **edits} if isinstance(gate.subject, dict) else gate.subject
