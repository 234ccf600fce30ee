"""Asking a person for a decision, right here."""

from typing import Any, TypeVar

from pydantic import ValidationError

from contracts.gates import AnswerGate, Approve, Decision, GateKind, OpenGate, Reject
from runtime.problems import problem_line
from starters.cli.output import block, clean_line, say
from starters.cli.subjects import render
from starters.cli.terminal import ask, edit

D = TypeVar("D", Approve, Reject, AnswerGate)


def ask_person(gate: OpenGate, by: str) -> Decision | None:
    """Show what the gate shows, and take the person's decision; None leaves it waiting. Raises KeyboardInterrupt."""
    show_gate(gate)
    bound = {"by": by, "gate": gate.card.gate, "digest": gate.card.digest}
    try:
        return _approval(gate, bound) if gate.card.kind is GateKind.APPROVAL else _answer(gate, bound)
    except EOFError:
        return None


def show_gate(gate: OpenGate) -> None:
    """The question, and everything that the answer is about."""
    block(clean_line(gate.card.question), render(gate.subject))


def _approval(gate: OpenGate, bound: dict[str, Any]) -> Decision | None:
    # Kept until the end: what the person saw last is what their yes is for, whatever they try in between.
    edits: dict[str, Any] = {}
    while True:
        decision: Decision | None = None
        match ask(_keys(gate, edited=bool(edits))).lower():
            case "y" | "yes":
                decision = _made(Approve, **bound, edit=edits or None)
            case "n" | "no":
                decision = _made(Reject, **bound, reason=_reason())
            case "e" | "edit" if gate.editable:
                edits = _edits(gate, edits)
                block("As edited" if edits else "As it was", render(_edited(gate, edits)))
            case "q" | "quit":
                return None
        if decision:
            return decision


def _keys(gate: OpenGate, *, edited: bool) -> str:
    yes = "y approve as edited" if edited else "y approve"
    return ", ".join((yes, *(["e edit"] if gate.editable else []), "n reject", "q leave it waiting:"))


def _answer(gate: OpenGate, bound: dict[str, Any]) -> Decision | None:
    choices = gate.card.choices
    field = "choice" if choices else "text"
    while True:
        said = ask(f"{' or '.join(choices) or 'your answer'} (q leaves it waiting):")
        if said.lower() in ("q", "quit"):
            return None
        if decision := _made(AnswerGate, **bound, **{field: said}):
            return decision


def _made(kind: type[D], **fields: Any) -> D | None:
    """The decision; None, and the reason on the screen, where it cannot be one."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        say(f"that cannot be taken: {clean_line(problem_line(error))}")
        return None


def _reason() -> str:
    while True:
        if reason := ask("Why not?"):
            return reason


def _edits(gate: OpenGate, edits: dict[str, Any]) -> dict[str, Any]:
    """The fields that differ from what the gate shows."""
    shown = gate.subject if isinstance(gate.subject, dict) else {}
    now = _edited(gate, edits)
    texts = {name: edit(name, now[name]) for name in gate.editable if isinstance(shown.get(name), str)}
    return {name: text for name, text in texts.items() if text != shown[name]}


def _edited(gate: OpenGate, edits: dict[str, Any]) -> Any:
    return {**gate.subject, **edits} if isinstance(gate.subject, dict) else gate.subject
