"""What somebody decided in the form, as the decision that the run takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from contracts.gates import Abstain, AnswerGate, Approve, Decision, GateKind, OpenGate, Reject, Retract
from runtime.problems import problem_line
from starters.inbox.fields import edit_of
from starters.inbox.people import has_said
from starters.inbox.text import lines

SAY = "say"
"""The form's field for a note, a reason or an answer."""

CHOICE = "choice"

_WORDS = {
    "approve": "You approved.",
    "reject": "You rejected.",
    "answer": "You answered.",
    "abstain": "You abstained.",
    "retract": "You took back what you said.",
}


@dataclass(frozen=True)
class Wrong:
    """Why there is no decision: by field of the form, and what is about none of them."""

    problems: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


def allowed(gate: OpenGate, name: str) -> tuple[str, ...]:
    """The verdicts that the form offers to somebody."""
    card = gate.card
    if card.kind is not GateKind.APPROVAL:
        return ("answer",)
    if has_said(name, card):
        return ("retract",)
    # Leaving it to others says something only where there are others.
    return ("approve", "reject", "abstain") if card.waits_on or card.needed > 1 else ("approve", "reject")


def decision_of(gate: OpenGate, by: str, typed: Mapping[str, str]) -> Decision | Wrong:
    """The decision, bound to the gate and to what the page showed."""
    bound = {"by": by, "gate": gate.card.gate, "digest": gate.card.digest}
    said = lines(typed.get(SAY, "")).strip()
    match typed.get("verdict"):
        case "approve":
            return _approval(gate, typed, {**bound, "note": said or None})
        case "reject" if not said:
            return Wrong({SAY: "say why not: the reason goes into the record"})
        case "reject":
            return _made(Reject, {**bound, "reason": said})
        case "answer":
            return _answer(gate, typed, bound, said)
        case "abstain":
            return _made(Abstain, {**bound, "note": said or None})
        case "retract":
            return _made(Retract, {**bound, "note": said or None})
        case _:
            return Wrong(reason="use one of the buttons")


def came_of_it(verdict: str, reason: str) -> str:
    """What somebody is told whose decision was taken."""
    return f"{_WORDS.get(verdict, 'Your decision was taken.')} The run says: {reason}."


def by_field(problems: Mapping[str, str], editable: tuple[str, ...]) -> Wrong:
    """A run's answer: what is about a field stays there, the rest is about the answer that was typed."""
    own = {path: text for path, text in problems.items() if path.split(".")[0] in editable}
    rest = "; ".join(f"{path}: {text}" for path, text in problems.items() if path not in own)
    return Wrong({**own, **({SAY: rest} if rest else {})})


def _approval(gate: OpenGate, typed: Mapping[str, str], fields: dict[str, Any]) -> Decision | Wrong:
    edit, problems = edit_of(gate.subject, gate.editable, typed)
    return Wrong(problems) if problems else _made(Approve, {**fields, "edit": edit or None})


def _answer(gate: OpenGate, typed: Mapping[str, str], bound: dict[str, Any], said: str) -> Decision | Wrong:
    if not gate.card.choices:
        return _made(AnswerGate, {**bound, "text": said}) if said else Wrong({SAY: "write an answer"})
    number = typed.get(CHOICE, "")
    if number not in {str(n) for n in range(1, len(gate.card.choices) + 1)}:
        return Wrong({CHOICE: "choose one of these"})
    return _made(AnswerGate, {**bound, "choice": int(number)})


def _made(kind: type[Approve | Reject | AnswerGate | Abstain | Retract], fields: dict[str, Any]) -> Decision | Wrong:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        # Name, gate and digest are not typed; what is left is the one text of the form.
        return Wrong({SAY: problem_line(error).partition(": ")[2]})
