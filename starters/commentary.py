"""A run told in words, one line for each thing that people care about. Pure: happenings in, lines out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.catalogue import PROCESSES
from contracts.errors import OutcomeUnknown
from contracts.gates import Card
from contracts.notes import Note
from starters.gate_words import how_to_decide, standing_words
from starters.happenings import (
    Arriving,
    Began,
    Called,
    CallState,
    Ended,
    Happening,
    Noted,
    Retrying,
    RunStatus,
    Stuck,
    TimerSet,
    WentOn,
)
from starters.history import WAITING
from starters.words import BOOKKEEPING, asked_words, dig, done_words, loss_words, shortened


class Tone(StrEnum):
    """How a line is meant; a terminal shows it as a colour."""

    PLAIN = "plain"
    NOW = "now"
    PERSON = "person"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True)
class Line:
    """One line of commentary. `facts` are for programs: what JSON lines hold beside the text."""

    at: datetime
    text: str
    tone: Tone = Tone.PLAIN
    step: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def comment(happening: Happening, workflow_id: str) -> Line | None:
    """The line for a happening; None where people need none."""
    match happening:
        case Began(goes_on=goes_on):
            return None if goes_on else Line(happening.at, _began(happening))
        case WentOn():
            return Line(happening.at, "goes on in a new run of the same id, where it stood")
        case Called(activity=name, state=state):
            return None if name in BOOKKEEPING and state is CallState.DONE else _called(happening)
        case Noted():
            return _noted(happening, workflow_id)
        case TimerSet(summary=summary):
            return Line(happening.at, f"waiting until {clock(happening.fires_at)}: {summary or 'a timer'}", Tone.NOW)
        case Retrying():
            return _retrying(happening)
        case Arriving(step=step, characters=count):
            facts = {"characters": count}
            return Line(happening.at, f"{step}: {count:,} characters so far", Tone.NOW, step, facts)
        case Stuck(reason=reason):
            return Line(happening.at, f"a worker cannot go on with this run: {reason}; it is tried again", Tone.BAD)
        case Ended():
            return _ended(happening)
        case _:
            return None


def clock(moment: datetime) -> str:
    """A time as people read it, in UTC as the record has it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def process_name(workflow_type: str) -> str:
    """The process's name on the command line; the type itself where it is none of ours."""
    names = [process.name for process in PROCESSES.values() if process.workflow_type == workflow_type]
    return names[0] if names else workflow_type


def _began(began: Began) -> str:
    by = began.request.get("by") if isinstance(began.request, dict) else None
    return f"started {process_name(began.workflow_type)}" + (f" for {by}" if by else "")


def _called(call: Called) -> Line:
    match call.state:
        case CallState.PENDING:
            return Line(call.at, asked_words(call), Tone.NOW, call.step)
        case CallState.DONE:
            return Line(call.at, done_words(call), Tone.PLAIN, call.step)
        case CallState.FAILED if call.error_type == OutcomeUnknown.__name__:
            return Line(call.at, f"{call.step}: nobody knows whether it happened: {call.error}", Tone.BAD, call.step)
        case CallState.FAILED:
            tries = f" after {call.attempt} attempts" if call.attempt > 1 else ""
            return Line(call.at, f"{call.step} failed{tries}: {call.error}{loss_words(call)}", Tone.BAD, call.step)
        case CallState.TIMED_OUT:
            return Line(call.at, f"{call.step} did not end in time{loss_words(call)}", Tone.BAD, call.step)
        case CallState.CANCELLED:
            return Line(call.at, f"{call.step} was given up{loss_words(call)}", Tone.PLAIN, call.step)


def _retrying(call: Retrying) -> Line:
    when = f"at {call.next_at:%H:%M:%S} UTC" if call.next_at else "is under way"
    facts = {
        "attempt": call.attempt,
        "next_attempt_at": call.next_at and call.next_at.isoformat(),
        "error": call.reason,
    }
    return Line(call.at, f"{call.step}: {call.reason}; attempt {call.attempt} {when}", step=call.step, facts=facts)


def _noted(noted: Noted, workflow_id: str) -> Line | None:
    note = noted.note
    if note is None:
        return None
    if refusal := note.refusal:
        return Line(noted.at, f"refused: {refusal.message} by {refusal.by or 'nobody'}: {refusal.reason}", Tone.BAD)
    if note.by == "person":
        where, why = f" at {note.gate}" if note.gate else "", f": {note.text}" if note.text else ""
        return Line(noted.at, f"{note.who} {note.outcome}{where}{why}", Tone.PERSON, note.step)
    for card in noted.gates or ():
        if card.gate == note.gate:
            return Line(noted.at, _waiting(note, card, workflow_id), Tone.PERSON, card.gate, {"digest": card.digest})
    if note.step is None:
        return None
    # Of a wait the text says all there is to say.
    outcome = None if note.outcome == WAITING and note.text else note.outcome
    told = ": ".join(part for part in (note.step, outcome, note.text) if part)
    return Line(noted.at, shortened(told), step=note.step)


def _waiting(note: Note, card: Card, workflow_id: str) -> str:
    if note.outcome not in ("opened", "reminded"):
        return shortened(": ".join(part for part in (card.gate, note.outcome, note.text) if part))
    still = "still waiting" if note.outcome == "reminded" else "waiting"
    facts = "; ".join(part for part in (f"until {clock(card.deadline)}", standing_words(card)) if part)
    how = how_to_decide(card, workflow_id)
    return f"{still} for a decision at {card.gate} ({facts}): {card.question} To decide: {how}"


def _ended(ended: Ended) -> Line:
    good = ended.status in (RunStatus.COMPLETED, RunStatus.STOPPED)
    result = ended.result if isinstance(ended.result, dict) else {}
    told = [result.get("outcome"), result.get("reason")] if good else [ended.error]
    # A stopped run's outcome is called stopped, too; said once.
    text = ": ".join(dict.fromkeys(str(part) for part in (ended.status, *told) if part))
    if how := dig(result, "partial", "go_on"):
        text = f"{text}; {how}"
    facts = {"status": ended.status, "result": ended.result}
    return Line(ended.at, text, Tone.GOOD if good else Tone.BAD, facts=facts)
