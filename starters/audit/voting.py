"""Which messages were the votes that came to a gate's end."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts.approvers import ApproverKey
from contracts.gates import AnswerGate, Approve, Card, Decision
from runtime.keys import is_genuine
from starters.audit.bundle import GateRecord, Noted, Said, Vote
from starters.messages import Message


class Place(NamedTuple):
    """Of an event: in which run of the chain, and where there."""

    run: int
    event_id: int


class Heard(NamedTuple):
    """A message that was not refused, as far as is known: of very many, the record keeps no refusals any more."""

    place: Place
    run_id: str
    message: Message

    def said(self) -> Said:
        """As the bundle has it."""
        one = self.message
        return Said(
            run=self.run_id, event_id=one.event_id, at=one.at, name=one.name, identity=one.identity, message=one.body
        )


def yes_is_counted(outcome: str) -> bool:
    """Whether somebody's vote was counted, by what was noted of it."""
    return outcome.startswith(("approved", "edited and approved", "answered"))


def votes_of(workflow_id: str, gate: GateRecord, last: Card, heard: Sequence[Heard]) -> tuple[Vote, ...]:
    """Those that stood when the gate was approved or answered; none where it was not. `last`: its card before that."""
    end = gate.end
    if end is None or end.who is None or not yes_is_counted(end.outcome):
        return ()
    stood = _noted(gate)
    # What completed a quorum of signed votes is noted when their keys have been looked up, and not with its message.
    stood[end.who] = end.said or _found(workflow_id, gate, end.who, heard)
    names = dict.fromkeys((*last.approved_by, end.who))
    return tuple(Vote(who=name, said=stood.get(name) or _found(workflow_id, gate, name, heard)) for name in names)


def _noted(gate: GateRecord) -> dict[str, Said | None]:
    """The message behind each vote that was noted, and stood to the end as far as the notes tell."""
    stood: dict[str, Said | None] = {}
    for note in gate.notes:
        if note.outcome == "edited":
            stood.clear()
        elif note.outcome == "quorum lost":
            # Whoever votes anew may complete the next one, so that the first of their messages is not the one.
            stood = {name: said for name, said in stood.items() if name not in (note.text or "")}
        elif note.who and note.outcome == "retracted":
            stood.pop(note.who, None)
        elif note.who and yes_is_counted(note.outcome):
            stood[note.who] = note.said
    return stood


def _found(workflow_id: str, gate: GateRecord, name: str, heard: Iterable[Heard]) -> Said | None:
    """The last message of theirs that can have been it."""
    fit = [one for one in heard if (decision := one.message.decision()) and _may_be(decision, gate, name)]
    genuine = [one for one in fit if _is_signed(workflow_id, gate, one)]
    best = (genuine or fit)[-1:]
    return best[0].said() if best else None


def _may_be(decision: Decision, gate: GateRecord, name: str) -> bool:
    digests = {None, *(note.digest for note in gate.notes), *([gate.end.digest] if gate.end else [])}
    is_yes = isinstance(decision, Approve | AnswerGate)
    return is_yes and decision.by == name and decision.gate in (None, gate.gate) and decision.digest in digests


def _is_signed(workflow_id: str, gate: GateRecord, one: Heard) -> bool:
    decision = one.message.decision()
    key = key_of(gate, decision) if decision else None
    assert decision is not None
    return bool(key and decision.signature and is_genuine(key.public, decision.signature, workflow_id, decision))


def key_of(gate: GateRecord, decision: Decision) -> ApproverKey | None:
    """The key that a decision says it was signed with, as it was recorded of its sender."""
    people = gate.rules.approvers if gate.rules else None
    mine = (key for one in people or () if one.name == decision.by for key in one.keys)
    return next((key for key in mine if decision.signature and key.id == decision.signature.key), None)


def is_end(note: Noted, kind: str) -> bool:
    """Whether a note is the one that closes its gate."""
    return note.outcome in ("approved", "edited and approved", "rejected", "expired") or (
        kind != "approval" and note.outcome.startswith("answered")
    )
