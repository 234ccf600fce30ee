"""Gates: the run waits for a person, and silence means no."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar, cast

from pydantic import BaseModel, JsonValue, TypeAdapter
from temporalio import workflow

from contracts.chain import Came, GateSoFar
from contracts.gates import Approved, Decision, GateKind, Reply
from contracts.tools import IrreversibleTool
from workflows.steps.approvers import Approvers
from workflows.steps.blanks import Blank, Filled
from workflows.steps.ended import Ended, Ending
from workflows.steps.gate import Asked, Gate, Taken
from workflows.steps.meanings import YES_OR_NO, Answered, answer_of, approval_of, written, yes_or_no
from workflows.steps.poll import Poll
from workflows.steps.progress import Progress
from workflows.steps.refused import Refused
from workflows.steps.standing import approved_in_advance, takes_standing

T = TypeVar("T", bound=BaseModel)
A = TypeVar("A")


@dataclass(frozen=True)
class Review(Generic[T]):
    """What an approver is shown. An edit may change the `editable` fields, and nothing else."""

    gate: str
    question: str
    subject: T
    editable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question(Generic[A]):
    """What a person is asked who must answer: one of `choices`, or words that `answer` (a type) can be read from.

    `contradicts`: why an answer cannot be right, or None; it is asked again then, `rounds` times in all. `default`
    answers when nobody does, where the gate's policy says that silence means it, and after the last round.
    """

    gate: str
    question: str
    about: BaseModel
    answer: type[A]
    choices: tuple[str, ...] = ()
    default: A | None = None
    contradicts: Callable[[A], str | None] = lambda _: None
    rounds: int = 3


class Missing(BaseModel):
    """What a person is shown who must write what no model could."""

    what: str
    problems: str
    last_reply: str
    schema_of_answer: JsonValue


class Gates:
    """The run's gates. A decision is bound to a gate and to the digest of what it shows, and counts once."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        progress.chain.gates = self._so_far
        progress.chain.deciding = lambda: any(gate.taken or gate.reached for gate in self._open.values())
        self._takes_standing = takes_standing(progress.process)
        self._open: dict[str, Gate] = {}
        self._approvers = Approvers(progress)

    async def approve(self, review: Review[T], tool: IrreversibleTool[T, Any] | None = None) -> Approved[T]:
        """Wait for a yes. Raises Ended: a no, silence, a stop.

        `tool`: what the yes is for; where a standing approval may cover that, and one does, no gate opens.
        """
        with self.progress.step(review.gate):
            gate = self.progress.begin(review.gate)
            if tool and self._takes_standing:
                approval = await approved_in_advance(self.progress, gate, review.subject, tool)
                if approval:
                    return Approved(value=review.subject, approval=approval)
            asked = Asked(
                step=review.gate,
                kind=GateKind.APPROVAL,
                question=review.question,
                subject=review.subject,
                read=approval_of,
                result=TypeAdapter(cast(Any, Approved)[type(review.subject)]),
                editable=review.editable,
            )
            approved: Approved[T] = await self._ask(gate, asked)
        return approved

    async def clarify(self, question: Question[A]) -> Answered[A]:
        """Ask until an answer can be right. Raises Ended: nobody answers, or nobody does so in time; a stop."""
        with self.progress.step(question.gate):
            again = ""
            for _ in range(question.rounds):
                answered: Answered[A] = await self._ask(
                    self.progress.begin(question.gate), self._asked(question, again)
                )
                if answered.by is None or not (problem := question.contradicts(answered.value)):
                    return answered
                again = f"{answered.by} said {str(answered.value)[:60]!r}, but {problem}"[:200] + ". "
            if question.default is None:
                raise Ended(Ending.EXPIRED, f"no answer at {question.gate} could be right: {again.strip()}")
            return Answered(question.default, None)

    async def did_it_happen(
        self, gate: str, question: str, evidence: BaseModel, *, after_stop: bool = False
    ) -> tuple[bool, str]:
        """Ask a person what nobody could look up. Answers (it happened, who says so). Raises Ended.

        `after_stop`: it is asked even once the run was stopped.
        """
        asked = Asked(
            step=gate,
            kind=GateKind.OUTCOME,
            question=question,
            subject=evidence,
            read=yes_or_no,
            result=TypeAdapter(tuple[bool, str]),
            choices=YES_OR_NO,
            after_stop=after_stop,
        )
        answer: tuple[bool, str] = await self._ask(self.progress.begin(gate, after_stop=after_stop), asked)
        return answer

    async def fill_in(self, blank: Blank[T], problems: str, reply: str) -> Filled[T]:
        """Ask a person to write what no model could. Raises Ended."""
        kind = blank.contract.value
        schema = kind.model_json_schema()
        step = f"{blank.step}-by-hand"
        asked = Asked(
            step=step,
            kind=GateKind.QUESTION,
            question=f"No model could do this: {blank.summary}. Answer with JSON that fits the schema",
            subject=Missing(what=blank.summary, problems=problems, last_reply=reply[:4000], schema_of_answer=schema),
            read=lambda _, decision: written(kind, decision),
            result=TypeAdapter(cast(Any, Filled)[kind]),
        )
        filled: Filled[T] = await self._ask(self.progress.begin(step), asked)
        return filled

    def decide(self, decision: Decision) -> Reply:
        """Take a decision, or turn it away and record why. Never raises."""
        try:
            return Reply(accepted=True, reason=self._find(decision).hear(decision))
        except Refused as refused:
            self.progress.refuse(decision.verdict, decision.by, decision.gate, str(refused))
            return Reply(accepted=False, reason=str(refused), problems=refused.problems)

    def _find(self, decision: Decision) -> Gate:
        # A gate that was decided in this very task is still among them.
        open_now = {name: gate for name, gate in self._open.items() if gate.taken is None}
        if decision.gate is None and len(open_now) > 1:
            raise Refused(f"several gates are open ({', '.join(open_now)}): name one")
        gate = next(iter(open_now.values()), None) if decision.gate is None else open_now.get(decision.gate)
        if gate is None:
            raise Refused("no gate is open" if decision.gate is None else f"gate {decision.gate!r} is not open")
        if decision.digest is not None and decision.digest != gate.card.digest:
            raise Refused(f"the digest is not that of what {gate.name} shows: look at it again")
        return gate

    async def _ask(self, name: str, asked: Asked) -> Any:
        journal = self.progress.chain.journal
        if came := journal.take(key := f"gate {name}"):
            if came.ended:
                raise Ended(Ending(came.ended[0]), came.ended[1])
            return asked.result.validate_python(came.value)
        gate = await self._opened(name, asked)
        try:
            taken = await self._wait(gate)
        finally:
            del self._open[name]
        self.progress.progressed()
        meaning = taken.meaning
        if isinstance(meaning, Ended):
            journal.keep(key, Came(ended=(meaning.how, meaning.reason)))
            raise meaning
        journal.keep(key, Came(value=asked.result.dump_python(meaning, mode="json")))
        return meaning

    async def _opened(self, name: str, asked: Asked) -> Gate:
        so_far = self.progress.chain.before.gates.get(name)
        rules = so_far.rules if so_far else await self._approvers.rules(asked.step)
        request, this = self.progress.request, workflow.info().workflow_id
        gate = Gate(self.progress, name, asked, Poll(rules, request.by if request else None, this), so_far)
        self._open[name] = gate
        gate.show("goes on in a new run" if so_far else "opened")
        if not so_far:
            self._tell("opened", gate)
        return gate

    def _tell(self, kind: Literal["opened", "reminder", "escalation"], gate: Gate) -> None:
        if gate.poll.rules.notices:
            self._approvers.tell(kind, gate.card, f"{gate.card.reminders}-{gate.poll.escalated}")

    async def _wait(self, gate: Gate) -> Taken:
        while gate.taken is None:
            moment, what = gate.next_moment()
            if await self._hears(gate, moment - workflow.now(), f"{_TIMERS[what]} {gate.name}"):
                if gate.reached and gate.taken is None:
                    gate.settle(gate.reached, await self._approvers.revoked(gate.card, gate.poll.votes))
                continue
            match what:
                case "reminder":
                    gate.remind()
                    self._tell(what, gate)
                case "escalation":
                    gate.escalate()
                    self._tell(what, gate)
                case "deadline":
                    gate.expire()
        return gate.taken

    async def _hears(self, gate: Gate, patience: timedelta, summary: str) -> bool:
        """Whether something was decided in that time. Raises Ended (stopped)."""
        after_stop, switch = gate.asked.after_stop, self.progress.switch

        def over() -> bool:
            return bool(gate.taken or gate.reached) or (switch.pulled and not after_stop)

        if patience > timedelta(0):
            with suppress(TimeoutError):
                await workflow.wait_condition(over, timeout=patience, timeout_summary=summary)
        if gate.taken is None and not after_stop:
            switch.raise_if_stopped()
        return bool(gate.taken or gate.reached)

    def _so_far(self) -> dict[str, GateSoFar]:
        return {name: gate.so_far() for name, gate in self._open.items()}

    def _asked(self, question: Question[Any], again: str) -> Asked:
        reader = TypeAdapter(question.answer)
        default = Taken(Answered(question.default, None), "answered by default")
        return Asked(
            step=question.gate,
            kind=GateKind.QUESTION,
            question=f"{again}{question.question}",
            subject=question.about,
            read=lambda _, decision: answer_of(reader, question.choices, decision),
            result=TypeAdapter(cast(Any, Answered)[question.answer]),
            choices=question.choices,
            default=None if question.default is None else default,
        )


_TIMERS = {"reminder": "Remind about", "escalation": "Escalate", "deadline": "Deadline of"}
