"""What the decision that closes a gate means to the story: an approval, a choice, an answer that can be read."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio import workflow

from contracts.gates import AnswerGate, Approval, Approved, digest_of
from workflows.steps.blanks import Filled
from workflows.steps.gate import Gate, Taken, problems_of
from workflows.steps.refused import Refused

T = TypeVar("T", bound=BaseModel)
A = TypeVar("A")

YES_OR_NO = ("yes", "no")


@dataclass(frozen=True)
class Answered(Generic[A]):
    """An answer; `by` is None where it is the default."""

    value: A
    by: str | None


def approval_of(gate: Gate, decision: Any) -> Taken:
    """The last of the approvals that were wanted."""
    before = gate.poll.votes[:-1]
    approval = Approval(
        request=workflow.info().workflow_id,
        gate=gate.name,
        digest=digest_of(gate.value),
        by=decision.by,
        at=workflow.now(),
        note=decision.note,
        edited=gate.edited,
        others=tuple(vote.by for vote in before),
        others_at=tuple(vote.at for vote in before),
    )
    words = "edited and approved" if gate.edited else "approved"
    return Taken(Approved(value=gate.value, approval=approval), words, decision.note)


def yes_or_no(_: Gate, decision: AnswerGate) -> Taken:
    """Whether it happened, and who says so. Raises Refused."""
    happened = _chosen(YES_OR_NO, decision) == "yes"
    return Taken((happened, decision.by), "answered yes" if happened else "answered no")


def answer_of(reader: TypeAdapter[A], choices: tuple[str, ...], decision: AnswerGate) -> Taken:
    """A choice, or what the words can be read as. Raises Refused."""
    said: Any = _chosen(choices, decision) if choices else decision.text
    if said is None:
        raise Refused("this gate wants an answer in words: text")
    try:
        value = reader.validate_python(said)
    except ValidationError:
        try:
            value = reader.validate_json(said)
        except ValidationError as error:
            problems = problems_of(error)
            raise Refused(f"the answer does not fit: {next(iter(problems.values()))}", problems) from None
    return Taken(Answered(value, decision.by), "answered", str(said)[:1000])


def written(kind: type[T], decision: AnswerGate) -> Taken:
    """What a person wrote in a model's place. Raises Refused."""
    if decision.text is None:
        raise Refused("this gate wants an answer: text, as JSON that fits the schema")
    try:
        value = kind.model_validate_json(decision.text)
    except ValidationError as error:
        problems = problems_of(error)
        field, what = next(iter(problems.items()))
        raise Refused(f"the answer does not fit: {field}: {what}", problems) from None
    return Taken(Filled(value, decision.by), "answered", decision.text)


def _chosen(choices: tuple[str, ...], decision: AnswerGate) -> str:
    """One of the choices, by its text or by its number counted from 1."""
    said = str(decision.text if decision.choice is None else decision.choice).strip().lower()
    for number, choice in enumerate(choices, 1):
        if said in (str(number), choice.lower()):
            return choice
    raise Refused(f"the choices are {' and '.join(choices)}"[:500])
