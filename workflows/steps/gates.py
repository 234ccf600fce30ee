"""Gates: the run waits for a person, and silence means no."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError
from temporalio import workflow

from contracts.gates import (
    AnswerGate,
    Approval,
    Approve,
    Approved,
    Card,
    Decision,
    GateKind,
    GatePolicy,
    OpenGate,
    Reject,
    Reply,
    digest_of,
)
from contracts.notes import Note
from contracts.tools import IrreversibleTool
from workflows.steps.blanks import Blank, Filled
from workflows.steps.ended import Ended, Ending
from workflows.steps.progress import Progress
from workflows.steps.standing import approved_in_advance, takes_standing

T = TypeVar("T", bound=BaseModel)

PATIENCE = GatePolicy(deadline=timedelta(hours=48), remind_after=timedelta(hours=24))
"""How long a gate waits unless the process says otherwise."""


class Refused(Exception):
    """A decision that can be read and does not count; the message says why."""


@dataclass(frozen=True)
class Review(Generic[T]):
    """What an approver is shown. An edit may change the `editable` fields, and nothing else."""

    gate: str
    question: str
    subject: T
    editable: tuple[str, ...] = ()
    policy: GatePolicy = PATIENCE


class Missing(BaseModel):
    """What a person is shown who must write what no model could."""

    what: str
    problems: str
    last_reply: str
    schema_of_answer: JsonValue


@dataclass(frozen=True)
class _Taken:
    """A decision that counts: what it means to the story (an Ended is raised there), and how the record puts it."""

    meaning: Any
    outcome: str
    text: str | None = None
    digest: str | None = None
    """Of what was approved, where an edit made it another than the card's."""


@dataclass
class _Gate:
    """An open gate and, once somebody decided, what they said. `judge` raises Refused."""

    open: OpenGate
    policy: GatePolicy
    judge: Callable[[str, Decision], _Taken]
    after_stop: bool = False
    """Whether it waits on once the run was stopped."""
    taken: _Taken | None = None


class Gates:
    """The run's gates. A decision is bound to a gate and to the digest of what it shows, and counts once."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._takes_standing = takes_standing(progress.process)
        self._gates: dict[str, _Gate] = {}

    async def approve(self, review: Review[T], tool: IrreversibleTool[T, Any] | None = None) -> Approved[T]:
        """Wait for a yes. Raises Ended: a no, silence, a stop.

        `tool`: what the yes is for; where a standing approval may cover that, and one does, no gate opens.
        """

        def judge(gate: str, decision: Decision) -> _Taken:
            match decision:
                case Approve():
                    return _approve(review, gate, decision)
                case Reject(by=by, reason=reason):
                    return _Taken(Ended(Ending.REJECTED, f"{by}: {reason}"), "rejected", reason)
                case AnswerGate():
                    raise Refused("this gate wants approve or reject, not an answer")

        with self.progress.step(review.gate):
            gate = self.progress.begin(review.gate)
            if tool and self._takes_standing:
                approval = await approved_in_advance(self.progress, gate, review.subject, tool)
                if approval:
                    return Approved(value=review.subject, approval=approval)
            approved: Approved[T] = await self._ask(
                gate, GateKind.APPROVAL, review.question, review.subject, review.policy, judge, review.editable
            )
        return approved

    async def did_it_happen(
        self, gate: str, question: str, evidence: BaseModel, *, after_stop: bool = False
    ) -> tuple[bool, str]:
        """Ask a person what nobody could look up. Answers (it happened, who says so). Raises Ended.

        `after_stop`: it is asked even once the run was stopped.
        """
        answer: tuple[bool, str] = await self._ask(
            self.progress.begin(gate, after_stop=after_stop),
            GateKind.OUTCOME,
            question,
            evidence,
            PATIENCE,
            _yes_or_no,
            choices=("yes", "no"),
            after_stop=after_stop,
        )
        return answer

    async def fill_in(self, blank: Blank[T], problems: str, reply: str) -> Filled[T]:
        """Ask a person to write what no model could. Raises Ended."""

        def judge(_: str, decision: Decision) -> _Taken:
            if not isinstance(decision, AnswerGate) or decision.text is None:
                raise Refused("this gate wants an answer: text, as JSON that fits the schema")
            try:
                value = blank.contract.value.model_validate_json(decision.text)
            except ValidationError as error:
                raise Refused(f"the answer does not fit: {_first_problem(error)}") from None
            return _Taken(Filled(value, decision.by), "answered", decision.text)

        schema = blank.contract.value.model_json_schema()
        wanted = Missing(what=blank.summary, problems=problems, last_reply=reply[:4000], schema_of_answer=schema)
        question = f"No model could do this: {blank.summary}. Answer with JSON that fits the schema"
        gate = self.progress.begin(f"{blank.step}-by-hand")
        filled: Filled[T] = await self._ask(gate, GateKind.QUESTION, question, wanted, PATIENCE, judge)
        return filled

    def decide(self, decision: Decision) -> Reply:
        """Take a decision, or turn it away and record why. Never raises."""
        try:
            gate = self._find(decision)
            gate.taken = taken = gate.judge(gate.open.card.gate, decision)
        except Refused as refused:
            self.progress.refuse(decision.verdict, decision.by, decision.gate, str(refused))
            return Reply(accepted=False, reason=str(refused))
        card = gate.open.card
        self._close(
            gate,
            Note(
                at=workflow.now(),
                step=card.gate,
                by="person",
                who=decision.by,
                outcome=taken.outcome,
                gate=card.gate,
                digest=taken.digest or card.digest,
                text=taken.text,
                opened_at=card.opened_at,
            ),
        )
        return Reply(accepted=True, reason=f"{decision.verdict} taken at {card.gate}")

    def _find(self, decision: Decision) -> _Gate:
        if decision.gate is None and len(self._gates) > 1:
            raise Refused(f"several gates are open ({', '.join(self._gates)}): name one")
        gate = next(iter(self._gates.values()), None) if decision.gate is None else self._gates.get(decision.gate)
        if gate is None:
            raise Refused("no gate is open" if decision.gate is None else f"gate {decision.gate!r} is not open")
        if decision.digest is not None and decision.digest != gate.open.card.digest:
            raise Refused(f"the digest is not that of what {gate.open.card.gate} shows: look at it again")
        # A decision and the deadline can reach the run in one task; the clock decides, not the order.
        if workflow.now() >= gate.open.card.deadline:
            raise Refused(f"the deadline of {gate.open.card.gate} has passed")
        return gate

    async def _ask(
        self,
        name: str,
        kind: GateKind,
        question: str,
        subject: BaseModel,
        policy: GatePolicy,
        judge: Callable[[str, Decision], _Taken],
        editable: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
        after_stop: bool = False,
    ) -> Any:
        now = workflow.now()
        card = Card(
            gate=name,
            kind=kind,
            question=question[:300],
            digest=digest_of(subject),
            deadline=now + policy.deadline,
            opened_at=now,
            choices=choices,
        )
        opened = OpenGate(card=card, subject=subject.model_dump(mode="json"), editable=editable)
        gate = self._gates[card.gate] = _Gate(opened, policy, judge, after_stop)
        self._show(gate, outcome="opened")
        taken = await self._wait(gate)
        self.progress.progressed()
        if isinstance(taken.meaning, Ended):
            raise taken.meaning
        return taken.meaning

    async def _wait(self, gate: _Gate) -> _Taken:
        card = gate.open.card
        if taken := await self._taken_within(gate, gate.policy.remind_after, f"Remind about {card.gate}"):
            return taken
        gate.open = gate.open.model_copy(update={"card": card.model_copy(update={"reminders": card.reminders + 1})})
        self._show(gate, outcome="reminded")
        if taken := await self._taken_within(gate, card.deadline - workflow.now(), f"Deadline of {card.gate}"):
            return taken
        note = Note(at=workflow.now(), step=card.gate, gate=card.gate, digest=card.digest, outcome="expired")
        self._close(gate, note)
        raise Ended(Ending.EXPIRED, f"nobody decided at {card.gate} by {card.deadline:%Y-%m-%d %H:%M} UTC")

    async def _taken_within(self, gate: _Gate, patience: timedelta, summary: str) -> _Taken | None:
        def over() -> bool:
            return gate.taken is not None or (self.progress.switch.pulled and not gate.after_stop)

        with suppress(TimeoutError):
            await workflow.wait_condition(over, timeout=patience, timeout_summary=summary)
        if gate.taken is None and not gate.after_stop:
            self.progress.switch.raise_if_stopped()
        return gate.taken

    def _show(self, gate: _Gate, outcome: str) -> None:
        card = gate.open.card
        self.progress.open_gates[card.gate] = gate.open
        self.progress.note(Note(at=workflow.now(), gate=card.gate, digest=card.digest, outcome=outcome))

    def _close(self, gate: _Gate, note: Note) -> None:
        name = gate.open.card.gate
        del self._gates[name], self.progress.open_gates[name]
        self.progress.note(note)


def _approve(review: Review[T], gate: str, decision: Approve) -> _Taken:
    edited = bool(decision.edit)
    value = _edited(review, decision.edit) if decision.edit else review.subject
    digest = digest_of(value)
    approval = Approval(
        request=workflow.info().workflow_id,
        gate=gate,
        digest=digest,
        by=decision.by,
        at=workflow.now(),
        note=decision.note,
        edited=edited,
    )
    words = "edited and approved" if edited else "approved"
    return _Taken(Approved(value=value, approval=approval), words, decision.note, digest)


def _yes_or_no(_: str, decision: Decision) -> _Taken:
    if not isinstance(decision, AnswerGate):
        raise Refused("this gate wants an answer: choice yes or no")
    said = str(decision.text if decision.choice is None else decision.choice).strip().lower()
    if said not in (words := {"yes": True, "1": True, "no": False, "2": False}):
        raise Refused("the choices are yes and no")
    return _Taken((words[said], decision.by), "answered yes" if words[said] else "answered no")


def _edited(review: Review[T], edit: dict[str, Any]) -> T:
    if foreign := sorted(set(edit) - set(review.editable)):
        raise Refused(f"an edit may change {', '.join(review.editable) or 'nothing'}; not {', '.join(foreign)[:200]}")
    try:
        return type(review.subject).model_validate(review.subject.model_dump(mode="json") | edit)
    except ValidationError as error:
        raise Refused(f"the edit does not fit: {_first_problem(error)}") from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
