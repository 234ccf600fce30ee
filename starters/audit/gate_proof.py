"""Checking one gate of a proof bundle: its signatures, and whether enough of the right people decided."""

from contracts.approvers import Approver
from contracts.gates import Approve, Decision, GateKind
from contracts.policies import Stage
from runtime.keys import is_genuine
from runtime.quorum import Seats, lacking
from starters.audit.bundle import Bundle, GateRecord, Part, Said, Vote
from starters.audit.reading import Broken
from starters.audit.voting import key_of, yes_is_counted
from starters.messages import Message


def words(text: str) -> str:
    """What somebody else wrote, as it may stand in a line."""
    return "".join(c if c.isprintable() else "?" for c in text)[:200]


def decision_of(said: Said) -> Decision | None:
    """What a recorded message decides."""
    return Message(said.event_id, said.at, said.name, said.identity, said.message).decision()


class GateProof:
    """What one gate proves. Raises Broken."""

    def __init__(self, bundle: Bundle, gate: GateRecord) -> None:
        self._bundle, self._gate = bundle, gate
        self._people = gate.rules.approvers if gate.rules else None
        self._signed = self._unsigned = 0
        self.proven: list[str] = []
        self.rests: list[str] = []
        messages = {(said.run, said.event_id): said for said in self._messages()}
        for said in messages.values():
            self._check_message(said)
        if gate.votes:
            self._check_votes()
        elif gate.end and gate.end.who and yes_is_counted(gate.end.outcome):
            raise Broken(f"{gate.gate}: it was {words(gate.end.outcome)}, and no decision says so")
        self._say(len(messages))

    def _messages(self) -> list[Said]:
        notes = (*self._gate.notes, *([self._gate.end] if self._gate.end else []))
        for note in notes:
            if note.said is None:
                # Of a vote that is noted later than it came, the message stands with the votes.
                if note.who and note.who not in {vote.who for vote in self._gate.votes}:
                    self.rests.append(f"{self._gate.gate}: that {words(note.who)} {words(note.outcome)}")
                continue
            decision = decision_of(note.said)
            if decision is None or decision.by != note.who:
                raise Broken(f"{self._gate.gate}: {self._at(note.said)} is not a decision of {words(note.who or '-')}")
        said = [*(note.said for note in notes), *(vote.said for vote in self._gate.votes)]
        return [one for one in said if one]

    def _check_message(self, said: Said) -> None:
        gate, decision = self._gate, decision_of(said)
        if decision is None:
            raise Broken(f"{gate.gate}: {self._at(said)} is no decision")
        if decision.gate not in (None, gate.gate):
            raise Broken(f"{gate.gate}: {self._at(said)} is for another gate, {words(decision.gate or '')}")
        if decision.digest is not None and decision.digest not in {note.digest for note in gate.notes}:
            raise Broken(f"{gate.gate}: {self._at(said)} is for something that was never shown there")
        policy = gate.rules.policy if gate.rules else None
        if policy and policy.bound and decision.digest is None:
            raise Broken(f"{gate.gate}: {self._at(said)} names no digest, which its policy demands")
        if decision.signature is None:
            if policy and policy.signed:
                raise Broken(f"{gate.gate}: {self._at(said)} is not signed, which its policy demands")
            self._unsigned += 1
        else:
            self._check_signature(said, decision)

    def _check_signature(self, said: Said, decision: Decision) -> None:
        where, by = f"{self._gate.gate}: the signature of {self._at(said)}", words(decision.by)
        assert decision.signature
        key = key_of(self._gate, decision)
        if key is None:
            raise Broken(f"{where} is with a key that was not recorded as one of {by}'s")
        if key.revoked and key.revoked <= said.at:
            raise Broken(f"{where} came when the key {words(key.id)} was revoked")
        if not is_genuine(key.public, decision.signature, self._bundle.workflow_id, decision):
            raise Broken(f"{where} is not one of {by} for this decision")
        self._signed += 1

    def _check_votes(self) -> None:
        gate, names = self._gate, [vote.who for vote in self._gate.votes]
        for vote in gate.votes:
            self._check_vote(vote)
        if len({name.casefold() for name in names}) < len(names):
            raise Broken(f"{gate.gate}: one person's decision was counted twice")
        if gate.rules is None:
            self.rests.append(f"{gate.gate}: who may decide there; nothing of that was recorded")
            return
        policy = gate.rules.policy
        needed = policy.needed if gate.kind is GateKind.APPROVAL else 1
        if len(names) != needed:
            raise Broken(f"{gate.gate}: {len(names)} decided, and its policy needs {needed}")
        requester = (self._bundle.requester or "").casefold()
        if policy.separate and requester in (name.casefold() for name in names):
            raise Broken(f"{gate.gate}: the requester decided, which its policy rules out")
        if self._people is None:
            self.rests.append(f"{gate.gate}: that {', '.join(map(words, names))} are who they say: no list was kept")
        elif lacking(self._seats(policy.stages if gate.kind is GateKind.APPROVAL else policy.stages[:1])) is not None:
            raise Broken(f"{gate.gate}: those who decided are not those whom its policy asks")
        who = f"{', '.join(map(words, names))}"
        self.proven.append(f"{gate.gate}: {len(names)} of {needed} needed decided: {who}")

    def _check_vote(self, vote: Vote) -> None:
        gate, name = self._gate, words(vote.who)
        if vote.said is None and not self._bundle.whole:
            self.rests.append(f"{gate.gate}: that {name} decided, in a run that was not there any more")
            return
        decision = decision_of(vote.said) if vote.said else None
        if vote.said is None or decision is None or decision.by != vote.who:
            raise Broken(f"{gate.gate}: the decision of {name} that was counted is not there")
        if gate.kind is GateKind.APPROVAL and not isinstance(decision, Approve):
            raise Broken(f"{gate.gate}: {name} did not approve, and was counted")
        if isinstance(decision, Approve):
            self._check_what(decision, name)
        if self._people is not None and vote.who not in {one.name for one in self._people}:
            raise Broken(f"{gate.gate}: {name} is not among those who may decide there")
        if decision.signature:
            self._check_looked_up(vote, decision.signature.key, vote.said)

    def _check_what(self, decision: Approve, name: str) -> None:
        """That a yes was one to what was approved in the end."""
        gate = self._gate
        assert gate.end
        if decision.edit:
            self.rests.append(f"{gate.gate}: that what {name} edited was otherwise as they saw it")
        elif decision.digest not in (None, gate.end.digest):
            raise Broken(f"{gate.gate}: {name} approved something else than what was approved in the end")

    def _check_looked_up(self, vote: Vote, key: str, said: Said) -> None:
        """Keys are looked up when nothing else is missing; a vote that was withdrawn then may have been given anew."""
        later = [one for one in self._bundle.revocations if self._place(one) > self._place(said)]
        mine = [one for one in later if (vote.who, key) in ((asked.by, asked.key) for asked in one.asked)]
        if any(vote.who in one.refused for one in mine):
            raise Broken(f"{self._gate.gate}: the key of {words(vote.who)} was found revoked, and the vote was counted")
        if not mine:
            self.rests.append(f"{self._gate.gate}: that the key of {words(vote.who)} had not been revoked meanwhile")

    def _place(self, part: Part) -> tuple[int, int]:
        if part.run not in self._bundle.runs:
            raise Broken(f"{self._gate.gate}: {words(part.run)} is none of the runs that it is about")
        return self._bundle.runs.index(part.run), part.event_id

    def _seats(self, stages: tuple[Stage, ...]) -> list[Seats]:
        voters = [(vote, one) for vote in self._gate.votes for one in self._people or () if one.name == vote.who]
        return [
            Seats(stage.needed, [one.name for vote, one in voters if self._may(stage, vote, one)]) for stage in stages
        ]

    def _may(self, stage: Stage, vote: Vote, one: Approver) -> bool:
        """Asked by the stage, or by an escalation that had begun."""
        assert self._gate.rules
        begun = self._gate.rules.policy.escalations
        others = [
            name
            for escalation in begun
            if vote.said and self._gate.opened_at + escalation.after <= vote.said.at
            for name in escalation.to
        ]
        return not stage.who or one.is_one_of((*stage.who, *others))

    def _say(self, count: int) -> None:
        gate = self._gate
        if self._signed:
            self.proven.append(f"{gate.gate}: {self._signed} of {count} decisions are signed, each by its sender")
        if self._unsigned:
            self.rests.append(f"{gate.gate}: who sent the {self._unsigned} decisions that are not signed")

    def _at(self, said: Said) -> str:
        return f"the {words(said.name)} at event {said.event_id}"
