"""Who decided what in a run, on what input, at what cost: from its history, and from nothing else."""

import re
from collections.abc import Iterable
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from contracts.catalogue import PROCESSES
from contracts.errors import BadInput, NotApproved, NotFound, OutcomeUnknown, ToolFailed
from contracts.gates import Card
from contracts.llm import Answer
from contracts.notes import Note
from starters.charges import charge_of
from starters.commentary import process_name
from starters.events import lenient
from starters.explanation import UNKNOWN, Decision, EffectState, Explanation
from starters.happenings import Began, Called, CallState, Ended, Happening, Noted, RunStatus
from starters.history import HistoryReader
from starters.words import ASK, BOOKKEEPING, dig, model_name, rung_of


def explain(workflow_id: str, events: Iterable[HistoryEvent], converter: DataConverter) -> Explanation:
    """The explanation of one run's history, whole or as far as it goes."""
    reader = HistoryReader(converter)
    record = _Record()
    for event in events:
        if happening := reader.read(event):
            record.add(happening)
    return record.explanation(workflow_id)


class _Record:
    """Collects. Decisions are kept under the event that began them, so that they stay in the story's order."""

    def __init__(self) -> None:
        self.type = ""
        self.steps: frozenset[str] = frozenset()
        self.decisions: dict[int, Decision] = {}
        self.effects: dict[str, EffectState] = {}
        self.refusals: list[dict[str, Any]] = []
        self.refusals_count = 0
        self.gates: tuple[Card, ...] = ()
        self.asked: dict[int, Called] = {}
        self.end: Ended | None = None

    def add(self, happening: Happening) -> None:
        match happening:
            case Began(workflow_type=name):
                self.type = name
                self.steps = frozenset(s.name for p in PROCESSES.values() if p.workflow_type == name for s in p.steps)
            case Called():
                self._add_call(happening)
            case Noted():
                self.gates = self.gates if happening.gates is None else happening.gates
                if happening.note:
                    self._add_note(happening, happening.note)
            case Ended():
                self.end = happening

    def explanation(self, workflow_id: str) -> Explanation:
        over = self.end is not None
        charges = {number: charge_of(call, over=over) for number, call in self.asked.items()}
        charged = {
            number: {"cost_usd": float(charge.usd), "cost_is_worst_case": charge.is_worst_case}
            for number, charge in charges.items()
            if charge
        }
        effects = (
            effect.model_copy(update={"state": UNKNOWN}) if over and effect.state == CallState.PENDING else effect
            for effect in self.effects.values()
        )
        return Explanation(
            workflow_id=workflow_id,
            process=process_name(self.type),
            status=self.end.status if self.end else RunStatus.RUNNING,
            result=self.end.result if self.end else None,
            error=self.end.error if self.end else None,
            cost_usd=float(sum(charge.usd for charge in charges.values() if charge)),
            waiting=() if over else self.gates,
            decisions=tuple(one.model_copy(update=charged.get(number)) for number, one in self.decisions.items()),
            effects=tuple(effects),
            refusals=tuple(self.refusals),
            refusals_count=self.refusals_count,
        )

    def _add_call(self, call: Called) -> None:
        step = self._step(call)
        if call.activity == ASK:
            self.asked[call.call_id] = call
            self.decisions[call.call_id] = _model_decision(step, call)
        elif call.activity in BOOKKEEPING and call.state is CallState.DONE:
            self.decisions.pop(call.call_id, None)
        else:
            self.decisions[call.call_id] = _code_decision(step, call)
        key, digest = dig(call.given, "key"), dig(call.given, "digest")
        # By its shape: an input with a key, a digest and an argument is an Act, whoever's it is.
        is_act = isinstance(key, str) and isinstance(digest, str) and "argument" in call.given
        if is_act and call.activity not in BOOKKEEPING:
            self.effects[key] = EffectState(
                key=key,
                tool=call.activity,
                state=_effect_state(call),
                digest=digest,
                receipt=dig(call.answer, "result"),
            )

    def _add_note(self, noted: Noted, note: Note) -> None:
        identity = noted.sender.identity if noted.sender else None
        self.refusals_count = max(self.refusals_count, note.refusals_count)
        if note.refusal:
            self.refusals.append({**note.refusal.model_dump(mode="json"), "identity": identity})
        elif note.step or note.by == "person":
            self.decisions[noted.event_id] = Decision(
                step=note.step or "stop",
                by=note.by,
                who=note.who,
                outcome=note.outcome,
                started_at=note.opened_at or note.at,
                duration_s=(note.at - note.opened_at).total_seconds() if note.opened_at else None,
                note=note.text,
                identity=identity,
                input={"gate": note.gate, "digest": note.digest} if note.gate else None,
                output=noted.sender.message if noted.sender else None,
            )

    def _step(self, call: Called) -> str:
        """The step's name in the boundary map; the second call of a step has a number behind it."""
        bare = re.sub(r"-\d+$", "", call.step)
        return bare if call.step not in self.steps and bare in self.steps else call.step


def _model_decision(step: str, call: Called) -> Decision:
    answer, rung = lenient(Answer, call.answer), rung_of(call)
    if answer is None:
        name = model_name(dig(call.given, "model"))
        return _code_decision(step, call).model_copy(update={"by": "model", "who": name, "model": name, "rung": rung})
    model = str(answer.response_model or answer.model)
    return Decision(
        step=step,
        by="model",
        who=model,
        outcome=answer.verdict,
        model=model,
        prompt_version=answer.prompt_version,
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
        started_at=call.started_at,
        duration_s=answer.duration_s,
        error="; ".join(answer.problems) or None,
        input=call.given,
        output=call.answer,
        rung=rung,
        repaired=answer.repaired,
    )


def _code_decision(step: str, call: Called) -> Decision:
    took = (call.at - call.started_at).total_seconds() if call.started_at else None
    return Decision(
        step=step,
        by="code",
        outcome=_outcome(call),
        started_at=call.started_at,
        duration_s=took,
        error=call.error,
        input=call.given,
        output=call.answer,
    )


def _outcome(call: Called) -> str:
    """How the call ended; a receipt says that itself."""
    if call.error_type == OutcomeUnknown.__name__:
        return UNKNOWN
    is_receipt = dig(call.answer, "key") is not None and isinstance(dig(call.answer, "outcome"), str)
    return str(dig(call.answer, "outcome")) if is_receipt else call.state


_NOTHING_DONE = {error.__name__ for error in (ToolFailed, NotApproved, NotFound, BadInput)}


def _effect_state(call: Called) -> str:
    """Only an error that says so rules out that the work was done; also one that was tried again, and then given up."""
    match call.state:
        case CallState.DONE:
            return str(dig(call.answer, "outcome") or CallState.DONE)
        case CallState.FAILED:
            return CallState.FAILED if call.error_type in _NOTHING_DONE else UNKNOWN
        case CallState.TIMED_OUT | CallState.CANCELLED:
            return UNKNOWN if call.started_at else CallState.FAILED
        case CallState.PENDING:
            return CallState.PENDING
