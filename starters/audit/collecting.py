"""From the histories of a chain of runs to their proof bundle."""

from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from contracts.approvers import Revocations, RevocationsRequest, Rules
from contracts.gates import Approval, Card
from contracts.notes import Note
from starters.audit.bundle import Bundle, EffectRecord, GateRecord, Noted, Revoked
from starters.audit.voting import Heard, Place, is_end, votes_of
from starters.chain import Chain
from starters.effects import effect_state, is_effect
from starters.events import Decoder, lenient
from starters.happenings import Began, Called, CallState, Ended, Happening, RunStatus, WentBack
from starters.happenings import Noted as Told
from starters.history import HistoryReader
from starters.messages import read_message
from starters.words import REVOCATIONS, RULES, dig


def collect(workflow_id: str, chain: Chain, converter: DataConverter) -> Bundle:
    """The bundle of a run, and of those that it goes on from."""
    record = _Record(converter)
    for run_id, events in chain.runs:
        record.read(run_id, events)
    return record.bundle(workflow_id, whole=chain.whole)


class _Record:
    """Collects."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._decoder = Decoder(converter)
        self._runs: list[str] = []
        self._began: Began | None = None
        self._status = RunStatus.RUNNING
        self._rules: list[Called] = []
        """Those whose gate has not been noted yet."""
        self._heard: dict[Place, Heard] = {}
        self._gates: dict[str, GateRecord] = {}
        self._cards: dict[str, Card] = {}
        self._effects: dict[Place, EffectRecord] = {}
        self._stops: list[Noted] = []
        self._revocations: dict[Place, Revoked] = {}
        self._refusals: list[dict[str, Any]] = []
        self._refusals_count = 0
        self._reset_of: list[str] = []

    def read(self, run_id: str, events: tuple[HistoryEvent, ...]) -> None:
        """One run's history."""
        self._runs.append(run_id)
        reader = HistoryReader(self._converter)
        for event in events:
            happening = reader.read(event)
            self._hear(event)
            if happening:
                self._add(happening)

    def bundle(self, workflow_id: str, *, whole: bool) -> Bundle:
        """What was collected."""
        heard = list(self._heard.values())
        gates = (
            gate.model_copy(update={"votes": votes_of(workflow_id, gate, self._cards[name], heard)})
            for name, gate in self._gates.items()
        )
        requester = dig(self._began.request, "by") if self._began else None
        return Bundle(
            workflow_id=workflow_id,
            workflow_type=self._began.workflow_type if self._began else "",
            requester=requester if isinstance(requester, str) else None,
            runs=tuple(self._runs),
            whole=whole,
            reset_of=tuple(self._reset_of),
            status=self._status,
            gates=tuple(gates),
            stops=tuple(self._stops),
            effects=tuple(self._effects.values()),
            revocations=tuple(self._revocations.values()),
            refusals=tuple(self._refusals),
            refusals_count=self._refusals_count,
        )

    def _hear(self, event: HistoryEvent) -> None:
        """Messages; and those that were answered with no are none that counted."""
        if message := read_message(event, self._decoder):
            place = self._place(message.event_id)
            self._heard[place] = Heard(place, self._runs[-1], message)
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            completed = event.workflow_execution_update_completed_event_attributes
            if dig(self._decoder.first(completed.outcome.success.payloads), "accepted") is False:
                self._heard.pop(self._place(completed.accepted_event_id), None)

    def _add(self, happening: Happening) -> None:
        match happening:
            case Began():
                self._began = self._began or happening
            case Called():
                self._call(happening)
            case Told(note=Note() as note):
                self._note(happening, note)
            case WentBack(base_run_id=base):
                self._reset_of.append(base)
            case Ended(status=status):
                self._status = status

    def _call(self, call: Called) -> None:
        if call.activity == RULES and call.state is CallState.DONE:
            self._rules.append(call)
        elif call.activity == REVOCATIONS and call.state is CallState.DONE:
            asked, found = lenient(RevocationsRequest, call.given), lenient(Revocations, call.answer)
            if asked and found:
                self._revocations[self._place(call.call_id)] = Revoked(
                    **self._where(call), asked=asked.votes, refused=found.refused
                )
        elif is_effect(call):
            given = call.given
            self._effects[self._place(call.call_id)] = EffectRecord(
                **self._where(call),
                tool=call.activity,
                key=given["key"],
                digest=given["digest"],
                argument=given["argument"],
                approval=lenient(Approval, given.get("approval")),
                state=effect_state(call),
                receipt=call.answer,
            )

    def _note(self, told: Told, note: Note) -> None:
        self._refusals_count = max(self._refusals_count, note.refusals_count)
        self._cards.update({card.gate: card for card in told.gates or ()})
        if note.refusal:
            identity = told.sender.identity if told.sender else None
            self._refusals.append({**note.refusal.model_dump(mode="json"), "identity": identity})
            if told.sender:
                self._heard.pop(self._place(told.sender.event_id), None)
        elif note.gate is None:
            if note.by == "person":
                self._stops.append(self._noted(told, note))
        else:
            self._note_at_gate(note.gate, self._noted(told, note))

    def _note_at_gate(self, name: str, noted: Noted) -> None:
        if name not in self._gates:
            if name not in self._cards:  # decided in advance: no gate has opened
                return
            self._gates[name] = self._opened(self._cards[name])
        gate = self._gates[name]
        if is_end(noted, gate.kind):
            self._gates[name] = gate.model_copy(update={"end": noted})
        else:
            self._gates[name] = gate.model_copy(update={"notes": (*gate.notes, noted)})

    def _opened(self, card: Card) -> GateRecord:
        step = card.step or card.gate
        mine = [call for call in self._rules if (call.summary or "").endswith(f" {step}")] or self._rules
        if mine:
            self._rules.remove(mine[0])
        return GateRecord(
            gate=card.gate,
            step=step,
            kind=card.kind,
            question=card.question,
            opened_at=card.opened_at,
            deadline=card.deadline,
            rules=lenient(Rules, mine[0].answer) if mine else None,
            notes=(),
        )

    def _noted(self, told: Told, note: Note) -> Noted:
        heard = self._heard.get(self._place(told.sender.event_id)) if told.sender else None
        return Noted(
            **self._where(told),
            outcome=note.outcome or "",
            who=note.who if note.by == "person" else None,
            digest=note.digest,
            text=note.text,
            said=heard.said() if heard else None,
        )

    def _where(self, happening: Happening) -> dict[str, Any]:
        number = happening.call_id if isinstance(happening, Called) else happening.event_id
        return {"run": self._runs[-1], "event_id": number, "at": happening.at}

    def _place(self, event_id: int) -> Place:
        return Place(len(self._runs), event_id)
