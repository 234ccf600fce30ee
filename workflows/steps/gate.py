"""One open gate: what it shows, who has said what, and what comes next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio import workflow

from contracts.chain import GateSoFar
from contracts.gates import (
    Abstain,
    AnswerGate,
    Approve,
    Card,
    Decision,
    GateKind,
    OpenGate,
    Reject,
    Retract,
    digest_of,
)
from contracts.notes import Note
from contracts.policies import MOST_REMINDERS, Silence
from workflows.steps.ended import Ended, Ending
from workflows.steps.poll import Poll
from workflows.steps.progress import Progress
from workflows.steps.refused import Refused

Moment = Literal["reminder", "escalation", "deadline"]


@dataclass(frozen=True)
class Taken:
    """What was decided: its meaning to the story (an Ended is raised there), and how the record puts it."""

    meaning: Any
    outcome: str
    text: str | None = None


@dataclass(frozen=True)
class Asked:
    """What a gate asks. `read` makes of the last decision what it means; it raises Refused."""

    step: str
    kind: GateKind
    question: str
    subject: BaseModel
    read: Callable[["Gate", Any], Taken]
    result: TypeAdapter[Any]
    """Of what the story is answered."""
    editable: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    after_stop: bool = False
    """Whether it waits on once the run was stopped."""
    default: Taken | None = None
    """What silence means, where the policy lets it mean anything but no."""


class Gate:
    """What people say at it is held against its rules, and noted."""

    def __init__(self, progress: Progress, name: str, asked: Asked, poll: Poll, so_far: GateSoFar | None) -> None:
        """`so_far`: how the run before this one of the chain left it."""
        self.asked, self.poll, self.name = asked, poll, name
        self.value = asked.subject
        self.edited = False
        self.taken: Taken | None = None
        """Once it is over."""
        self.reached: Taken | None = None
        """Decided, while the keys of those who signed are looked up."""
        self._progress = progress
        if so_far:
            poll.resume(so_far)
            self.value = type(asked.subject).model_validate(so_far.open.subject)
            self.edited = so_far.edited
            self.card = so_far.open.card
        else:
            self.card = self._opened()

    def hear(self, decision: Decision) -> str:
        """Take a decision; what the sender is told. Raises Refused."""
        now = workflow.now()
        if self.reached:
            raise Refused(f"{self.name} has been decided; the keys are being looked up")
        # A decision and the deadline can reach the run in one task; the clock decides, not the order.
        if now >= self.card.deadline:
            raise Refused(f"the deadline of {self.name} has passed")
        self._fits_kind(decision)
        self.poll.admit(decision, self.card, now)
        match decision:
            case Reject(by=by, reason=reason):
                self._decided(decision, Taken(Ended(Ending.REJECTED, f"{by}: {reason}"), "rejected", reason))
            case Abstain():
                return self._abstain(decision)
            case Retract(by=by):
                self.poll.retract(by)
                self._changed(decision, "retracted")
            case AnswerGate():
                taken = self.asked.read(self, decision)
                self.poll.count(decision, now)
                self._reach(decision, taken)
            case Approve():
                return self._approve(decision)
        return f"{decision.verdict} taken at {self.name}"

    def next_moment(self) -> tuple[datetime, Moment]:
        """When the gate acts by itself next, and what it does then."""
        policy, opened, card = self.poll.rules.policy, self.card.opened_at, self.card
        moments: list[tuple[datetime, Moment]] = [(card.deadline, "deadline")]
        if self.poll.escalated < len(policy.escalations):
            moments.append((opened + policy.escalations[self.poll.escalated].after, "escalation"))
        every = policy.remind_every or timedelta(0)
        if card.reminders < (MOST_REMINDERS if every else 1):
            moments.append((opened + policy.remind_after + card.reminders * every, "reminder"))
        return min(moments, key=lambda one: one[0])

    def remind(self) -> None:
        """Nobody has decided so far."""
        self.card = self.card.model_copy(update={"reminders": self.card.reminders + 1})
        self.show("reminded")

    def escalate(self) -> None:
        """Others may decide, too."""
        to = self.poll.rules.policy.escalations[self.poll.escalated].to
        self.poll.escalated += 1
        self.show("escalated", f"to {', '.join(to)}")

    def expire(self) -> None:
        """Silence means no, or where the policy says so, a question's own default."""
        by = f"{self.card.deadline:%Y-%m-%d %H:%M} UTC"
        taken = Taken(Ended(Ending.EXPIRED, f"nobody decided at {self.name} by {by}"), "expired")
        if self.asked.default and self.poll.rules.policy.silence is Silence.DEFAULT:
            taken = self.asked.default
        self.close(taken, by=None)

    def settle(self, reached: Taken, refused: dict[str, str]) -> None:
        """The keys have been looked up. `refused`: why whose vote does not count after all."""
        if not refused:
            self.close(reached, self.poll.votes[-1].by)
            return
        for by, reason in refused.items():
            self._progress.refuse("vote", by, self.name, reason)
            self.poll.retract(by)
        self.reached = None
        self.show("quorum lost", "; ".join(refused.values())[:1000])

    def close(self, taken: Taken, by: str | None) -> None:
        """It is over. `by`: who decided; None: nobody did."""
        self.taken = taken
        self._progress.open_gates.pop(self.name, None)
        note = Note(at=workflow.now(), step=self.name, gate=self.name, digest=self.card.digest, outcome=taken.outcome)
        if by is not None:
            said = {"by": "person", "who": by, "text": taken.text, "opened_at": self.card.opened_at}
            note = note.model_copy(update=said)
        self._progress.note(note)

    def show(self, outcome: str, text: str | None = None, who: str | None = None) -> None:
        """Note what happened at it, and put its card in order."""
        poll = self.poll
        facts = {
            "waits_on": tuple(name[:100] for name in poll.asked[:20]),
            "needed": poll.missing,
            "approved_by": tuple(vote.by for vote in poll.votes),
            "abstained": tuple(poll.abstained[-20:]),
        }
        self.card = self.card.model_copy(update=facts)
        self._progress.open_gates[self.name] = OpenGate(
            card=self.card,
            subject=self.value.model_dump(mode="json"),
            editable=self.asked.editable,
            shows=type(self.value).__name__,
        )
        note = Note(at=workflow.now(), gate=self.name, digest=self.card.digest, outcome=outcome, text=text)
        if who is not None:
            note = note.model_copy(update={"step": self.name, "by": "person", "who": who})
        self._progress.note(note)

    def so_far(self) -> GateSoFar:
        """For the next run of the chain."""
        poll = self.poll
        return GateSoFar(
            open=self._progress.open_gates[self.name],
            rules=poll.rules,
            votes=tuple(poll.votes),
            abstained=tuple(poll.abstained),
            escalated=poll.escalated,
            signed_at=poll.signed_at,
            edited=self.edited,
        )

    def _opened(self) -> Card:
        now, policy = workflow.now(), self.poll.rules.policy
        return Card(
            gate=self.name,
            kind=self.asked.kind,
            question=self.asked.question[:300],
            digest=digest_of(self.value),
            deadline=now + policy.deadline,
            opened_at=now,
            choices=self.asked.choices,
            step=self.asked.step,
            signed=policy.signed,
        )

    def _fits_kind(self, decision: Decision) -> None:
        answers = isinstance(decision, AnswerGate)
        if self.asked.kind is GateKind.APPROVAL and answers:
            raise Refused("this gate wants approve or reject, not an answer")
        if self.asked.kind is not GateKind.APPROVAL and not answers:
            choices = self.asked.choices
            wanted = f"choice {' or '.join(choices)}" if choices else "text"
            raise Refused(f"this gate wants an answer: {wanted}"[:500])

    def _approve(self, decision: Approve) -> str:
        now, edited = workflow.now(), self._edited(decision)
        if edited is not None and (digest := digest_of(edited)) != self.card.digest:
            before = [vote.by for vote in self.poll.votes]
            self.poll.begin_anew()
            self.value, self.edited = edited, True
            self.card = self.card.model_copy(update={"digest": digest})
            if before or not self.poll.counts(decision.by):
                gone = f"; {', '.join(before)} approved what is not asked any more" if before else ""
                self._changed(decision, "edited", f"{decision.note or ''}{gone}".strip("; ") or None)
        if not self.poll.counts(decision.by):
            return f"edit taken at {self.name}: {self.poll.missing} must approve it"
        self.poll.count(decision, now)
        if self.poll.missing:
            more = f"{self.poll.missing} more needed"
            self._changed(decision, f"approved, {more}")
            return f"approve taken at {self.name}: {more}"
        self._reach(decision, self.asked.read(self, decision))
        return f"approve taken at {self.name}"

    def _abstain(self, decision: Abstain) -> str:
        self.poll.abstained.append(decision.by)
        if self.poll.hopeless:
            reason = f"too many have abstained at {self.name}: {', '.join(self.poll.abstained)}"[:1000]
            self._decided(decision, Taken(Ended(Ending.REJECTED, reason), "rejected", reason))
        else:
            self._changed(decision, "abstained")
        return f"abstain taken at {self.name}"

    def _reach(self, decision: Decision, taken: Taken) -> None:
        """Nothing is missing. Whether a key was revoked meanwhile is asked once, now, outside of the handler."""
        if any(vote.signature for vote in self.poll.votes):
            self._changed(decision, f"{taken.outcome}, keys are looked up")
            self.reached = taken
        else:
            self._decided(decision, taken)

    def _decided(self, decision: Decision, taken: Taken) -> None:
        self.close(taken, decision.by)

    def _changed(self, decision: Decision, outcome: str, text: str | None = None) -> None:
        self.show(outcome, text or getattr(decision, "note", None), decision.by)

    def _edited(self, decision: Approve) -> BaseModel | None:
        """What the edit makes of the subject; None where there is none."""
        if not (edit := decision.edit):
            return None
        editable = self.asked.editable
        if foreign := sorted(set(edit) - set(editable)):
            raise Refused(f"an edit may change {', '.join(editable) or 'nothing'}; not {', '.join(foreign)[:200]}")
        try:
            return type(self.value).model_validate(self.value.model_dump(mode="json") | edit)
        except ValidationError as error:
            problems = problems_of(error)
            field, what = next(iter(problems.items()))
            raise Refused(f"the edit does not fit: {field}: {what}", problems) from None


def problems_of(error: ValidationError) -> dict[str, str]:
    """What does not fit, by field; at most 20, and none of the input's own text."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return {".".join(map(str, one["loc"]))[:200]: one["msg"][:500] for one in reversed(found[:20])}
