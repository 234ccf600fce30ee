"""Research: its input, its result, its plan, what its models fill in, and who decides what."""

import hashlib
import re
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.budgets import Limits, Partial, Targets
from contracts.citations import Citation, CitedStatement, Claim, Dropped, Quoted, cited, sorted_out
from contracts.library import SEARCH_LIBRARY, Passage, Word
from contracts.money import Usd
from contracts.outputs import NoFacts, OutputContract
from contracts.plans import Plan
from contracts.processes import Decider, Process, ProcessInput, Step

MOST_INQUIRIES = 6
MOST_ROUNDS = 3

Asked = Annotated[str, StringConstraints(min_length=5, max_length=1000, strip_whitespace=True)]


class Inquiry(BaseModel):
    """One step of a plan: a part of the question that one worker looks into, and in which documents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["inquire"] = "inquire"
    question: Annotated[str, StringConstraints(min_length=5, max_length=300, strip_whitespace=True)] = Field(
        description="what this worker finds out: one question that stands alone"
    )
    words: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = Field(
        default="", description="other words that a document would use for it"
    )
    topic: Word = Field(default="", description="only documents of this topic; empty: of any")
    audience: Word = Field(default="", description="only documents for these readers; empty: for any")
    language: Word = Field(default="", description="only documents in this language, like en; empty: in any")
    since: date | None = Field(default=None, description="only documents of this date or later")


class ResearchPlan(Plan[Inquiry]):
    """What is looked into: a worker for each step, and no other."""

    steps: tuple[Inquiry, ...] = Field(min_length=1, max_length=MOST_INQUIRIES)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({step.model_dump_json() for step in self.steps}) < len(self.steps):
            raise ValueError("two steps are the same: leave one out")
        return self


class ResearchRequest(ProcessInput):
    """Answer one question from the library. `{"question": "…"}` is complete."""

    question: Asked = Field(
        description="what is to be found out; any language", examples=["How long are weekly backups kept?"]
    )
    plan: ResearchPlan | None = Field(default=None, description="a plan to carry out as it is; no model makes one then")
    review: bool = Field(default=True, description="whether a person approves a model's plan before it is carried out")
    rounds: int = Field(default=1, ge=0, le=MOST_ROUNDS, description="how often a model may improve the answer")


class InquiryRequest(ProcessInput):
    """What one worker is given."""

    question: Asked = Field(description="the whole question")
    inquiry: Inquiry = Field(description="this worker's part of it")


class InquiryResult(BaseModel):
    """What one worker found: quotations that were found in their documents, the most telling first."""

    model_config = ConfigDict(frozen=True)

    inquiry: Inquiry
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = Field(default=(), description="those that the quotations are from")
    by: str = Field(default="", description="model that chose them, or template: the sentences nearest to the question")
    missing: str = Field(default="", description="what the passages did not say, in the model's words")
    dropped: int = Field(default=0, description="quotations that did not stand in their passage")
    reason: str | None = Field(default=None, description="why it ended early")


class ResearchOutcome(StrEnum):
    """How it ended."""

    ANSWERED = "answered"
    QUOTED = "quoted"
    """No model's text could be used: the answer is a list of quotations that code chose."""
    NOTHING_FOUND = "nothing_found"
    """The library says nothing of it, or nothing that a worker found."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided on the plan in time."""
    UNFIT = "unfit"
    """No plan could be carried out."""
    STOPPED = "stopped"


class ResearchResult(BaseModel):
    """What came of it; partial when the run was stopped."""

    model_config = ConfigDict(frozen=True)

    outcome: ResearchOutcome = Field(description="how it ended")
    question: str = Field(description="what was to be found out")
    report: str = Field(default="", description="the answer in Markdown, with numbered sources and what was left out")
    statements: tuple[CitedStatement, ...] = Field(default=(), description="the answer, sentence by sentence")
    dropped: tuple[Dropped, ...] = Field(default=(), description="sentences that were left out, and why")
    unanswered: str = Field(default="", description="what the documents do not say, in the model's words")
    plan: ResearchPlan | None = Field(default=None, description="as it was carried out")
    planned_by: str | None = Field(default=None, description="model, template, or given")
    approved_by: str | None = Field(default=None, description="who approved the plan")
    inquiries: tuple[InquiryResult, ...] = Field(default=(), description="what each worker found")
    failed: tuple[str, ...] = Field(default=(), description="steps of the plan whose worker failed, and why")
    written_by: str | None = Field(default=None, description="model that wrote the answer, or template")
    judged_by: str | None = Field(default=None, description="model that judged it last; None: none could")
    score: float | None = Field(default=None, description="what the judge gave it, times the share that held; 0 to 1")
    rounds: int = Field(default=0, description="how often it was improved")
    reason: str | None = Field(default=None, description="why there is no answer")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls, the workers' too")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


class Shown(BaseModel):
    """What quotations are held against: the passages, number 1 first."""

    model_config = ConfigDict(frozen=True)

    passages: tuple[Passage, ...]


class Excerpts(BaseModel):
    """What of the passages answers a worker's question."""

    model_config = ConfigDict(frozen=True)

    excerpts: tuple[Quoted, ...] = Field(max_length=6, description="the most telling first; empty where none answers")
    missing: Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)] = Field(
        default="", description="what of the question they do not answer; empty: nothing"
    )


class Synthesis(BaseModel):
    """An answer, sentence by sentence."""

    model_config = ConfigDict(frozen=True)

    claims: tuple[Claim, ...] = Field(min_length=1, max_length=12)
    unanswered: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = Field(
        default="", description="what the passages do not say; empty: nothing"
    )


class Judgement(BaseModel):
    """What a judge says of an answer."""

    model_config = ConfigDict(frozen=True)

    score: Annotated[float, Field(ge=0, le=1, description="0: useless; 1: nothing could be better")]
    problems: tuple[Annotated[str, StringConstraints(min_length=5, max_length=300, strip_whitespace=True)], ...] = (
        Field(default=(), max_length=5, description="what to change, each in words that a writer can act upon")
    )


def _check_excerpts(value: Excerpts, facts: Shown) -> list[str]:
    """Code drops the wrong ones; where all are wrong, it is worth another try."""
    if not value.excerpts or any(cited(one, facts.passages) for one in value.excerpts):
        return []
    return [f"{one.quote[:80]!r} does not stand in passage {one.number}: copy it" for one in value.excerpts]


def _check_synthesis(value: Synthesis, facts: Shown) -> list[str]:
    kept, dropped = sorted_out(value.claims, facts.passages)
    return [] if kept else [f"{one.text[:80]!r}: {one.why}" for one in dropped]


PLAN = OutputContract("research.plan", ResearchPlan, NoFacts, lambda value, facts: [])
EXCERPTS = OutputContract("research.excerpts", Excerpts, Shown, _check_excerpts)
SYNTHESIS = OutputContract("research.synthesis", Synthesis, Shown, _check_synthesis)
JUDGEMENT = OutputContract("research.judgement", Judgement, NoFacts, lambda value, facts: [])


def key_of(question: str) -> str:
    """Tells questions apart, and lets people see which one it is: the first words, and six digits of a digest."""
    words = re.findall(r"[a-z0-9]+", question.lower())
    digest = hashlib.sha256(" ".join(question.split()).encode()).hexdigest()[:6]
    return "-".join([*words[:6], digest])[-60:]


RESEARCH = Process(
    name="research",
    workflow_type="Research",
    does="Answer a question from a library, with quotations that stand in it.",
    input=ResearchRequest,
    result=ResearchResult,
    business_key=lambda request: key_of(request.question),
    steps=(
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step(
            "plan", Decider.MODEL_ROUTES, "make a plan of at most six inquiries; else the question itself is the plan"
        ),
        Step("review-plan", Decider.PERSON, "approve, edit or reject a model's plan; silence is a no"),
        Step("inquiries", Decider.CODE, "a worker for each step of the plan, and no other, three at a time"),
        Step("search", Decider.CODE, "each worker: search the library for its question", SEARCH_LIBRARY),
        Step("pick-excerpts", Decider.MODEL_FILLS, "each worker: quote what answers it; else code takes sentences"),
        Step("write-answer", Decider.MODEL_FILLS, "write sentences with quotations; else code lists the quotations"),
        Step("check-quotations", Decider.CODE, "drop each sentence with a quotation that its source does not hold"),
        Step("judge-answer", Decider.MODEL_FILLS, "say how good it is, and what is wrong with it"),
        Step("improve-answer", Decider.MODEL_FILLS, "write it anew, at most so many rounds; the best one counts"),
    ),
    outputs=(PLAN, EXCERPTS, SYNTHESIS, JUDGEMENT),
    limits=Limits(steps=60, model_calls=60, working_time=timedelta(minutes=30)),
    targets=Targets(usd=Decimal("0.60"), working_time=timedelta(minutes=3)),
)
