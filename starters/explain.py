"""Who decided what in a run, on what input, at what cost: from its history, and from nothing else."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from contracts.catalogue import PROCESSES
from contracts.errors import OutcomeUnknown
from contracts.gates import Card
from contracts.llm import Answer
from contracts.notes import Note
from starters.charges import charge_of
from starters.children import CHILD, child_charge
from starters.commentary import process_name
from starters.effects import effect_state, is_effect
from starters.events import lenient
from starters.explanation import UNKNOWN, Decision, EffectState, Explanation
from starters.happenings import Began, Called, CallState, Ended, Happening, Noted, RunStatus
from starters.history import HistoryReader
from starters.words import ASK, BOOKKEEPING, RULES, dig, model_name, rung_of


def explain(workflow_id: str, events: Iterable[HistoryEvent], converter: DataConverter) -> Explanation:
    """The explanation of a run's history, whole or as far as it goes; a chain's histories follow one another."""
    record = _Record()
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            record.begin(HistoryReader(converter))
        if happening := record.reader.read(event):
            record.add(happening)
    return record.explanation(workflow_id)


class Place(NamedTuple):
    """Of an event: in which run of the chain, and where there."""

    run: int
    event_id: int


class _Record:
    """Collects. Decisions are kept under the event that began them, so that they stay in the story's order."""

    def __init__(self) -> None:
        self.reader: HistoryReader
        self.run = 0
        """Which run of the chain it is: events are numbered anew in each."""
        self.type = ""
        self.steps: frozenset[str] = frozenset()
        self.decisions: dict[Place, Decision] = {}
        self.effects: dict[str, EffectState] = {}
        self.refusals: list[dict[str, Any]] = []
        self.refusals_count = 0
        self.gates: tuple[Card, ...] = ()
        self.asked: dict[Place, Called] = {}
        self.children: dict[Place, Called] = {}
        self.end: Ended | None = None
        self.listed: bool | None = None

    def begin(self, reader: HistoryReader) -> None:
        self.reader, self.run = reader, self.run + 1

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
        charges |= {number: child_charge(child, over=over) for number, child in self.children.items()}
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
            listed=self.listed,
        )

    def _add_call(self, call: Called) -> None:
        if call.activity == RULES and call.state is CallState.DONE:
            self.listed = bool(self.listed) or dig(call.answer, "approvers") is not None
        step, place = self._step(call), Place(self.run, call.call_id)
        if call.activity == ASK:
            self.asked[place] = call
            self.decisions[place] = _model_decision(step, call)
        elif call.activity in BOOKKEEPING and call.state is CallState.DONE:
            self.decisions.pop(place, None)
        else:
            self.decisions[place] = _code_decision(step, call)
        if call.activity == CHILD:
            self.children[place] = call
        if is_effect(call):
            self.effects[call.given["key"]] = EffectState(
                key=call.given["key"],
                tool=call.activity,
                state=effect_state(call),
                digest=call.given["digest"],
                receipt=dig(call.answer, "result"),
            )

    def _add_note(self, noted: Noted, note: Note) -> None:
        identity = noted.sender.identity if noted.sender else None
        self.refusals_count = max(self.refusals_count, note.refusals_count)
        if note.refusal:
            self.refusals.append({**note.refusal.model_dump(mode="json"), "identity": identity})
        elif note.step or note.by == "person":
            self.decisions[Place(self.run, noted.event_id)] = Decision(
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
                signed_with=dig(noted.sender.message, "signature", "key") if noted.sender else None,
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
    model = answer.response_model or model_name(dig(call.given, "model"))
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
