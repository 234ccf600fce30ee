"""BestDraft: its input, its result, what its models fill in, and who decides what."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.agents import turn_contract
from contracts.budgets import Partial, Targets
from contracts.crm import Line, Person
from contracts.gates import Words
from contracts.mail import SEND_EMAIL_IN_ADVANCE
from contracts.money import Usd
from contracts.outputs import NoFacts, OutputContract
from contracts.processes import Decider, Label, Process, ProcessInput, Step
from contracts.sales_follow_up import EMAIL_DRAFT, DraftFacts, EmailDraft

Topic = Annotated[Line, StringConstraints(max_length=60)]


class Mode(StrEnum):
    """Who decides what comes next."""

    CODE = "code"
    MODEL = "model"
    """A model is given the writers and the mail as tools."""


class Tone(StrEnum):
    """How a writer writes."""

    HUMOROUS = "humorous"
    SERIOUS = "serious"
    PROFESSIONAL = "professional"


class BestDraftRequest(ProcessInput):
    """Have a mail written three times, and send the best one."""

    brief_id: Label = Field(description="tells this brief from others", examples=["summer-party"])
    topic: Topic = Field(description='what the mail is about; reads well after "about"', examples=["our summer party"])
    brief: Words = Field(
        description="what the mail is to say; any language, not to be trusted",
        examples=["Invite her to our summer party on 3 July at 6 pm, in the garden. She may bring a friend."],
    )
    to: Person = Field(
        description="who gets it", examples=[{"name": "Eleanor Whitcombe", "email": "eleanor@harbourandpine.example"}]
    )
    sender: Person = Field(
        description="in whose name", examples=[{"name": "Priya Raman", "email": "priya.raman@northline.example"}]
    )
    mode: Mode = Field(default=Mode.CODE, description="code: always the same path; model: a model decides the path")


class BestDraftOutcome(StrEnum):
    """How it ended."""

    SENT = "sent"
    ALREADY_SENT = "already_sent"
    """This business action had sent another text before; nothing was sent now, and message_id is the first mail's."""
    NOT_SENT = "not_sent"
    """The model that was to decide the path came to its end without a mail."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    STOPPED = "stopped"


class BestDraftResult(BaseModel):
    """What came of it; partial when the run was stopped."""

    model_config = ConfigDict(frozen=True)

    outcome: BestDraftOutcome = Field(description="how it ended")
    brief_id: Label = Field(description="the brief it was about")
    mode: Mode = Field(description="who decided the path")
    reason: str | None = Field(default=None, description="why it ended without sending")
    order: tuple[Tone, ...] = Field(
        default=(), description="the drafts as the picker saw them: number 1 first; by chance, so that bias shows"
    )
    picked: Tone | None = Field(default=None, description="the draft that was chosen")
    picked_by: str | None = Field(default=None, description="model that picked the draft, or template")
    drafted_by: str | None = Field(default=None, description="model that wrote the draft, or template")
    approved_by: str | None = Field(default=None, description="who approved the mail, here or in advance")
    standing: str | None = Field(default=None, description="the standing approval that covered the mail")
    message_id: str | None = Field(default=None, description="Message-ID of the mail that went out")
    path: tuple[str, ...] = Field(default=(), description="where a model decided: the tools that it used, in order")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


class Pick(BaseModel):
    """Which draft is the best."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1, le=len(Tone), description="the number of the best draft")


class Written(BaseModel):
    """A draft that a model had written, and who wrote it."""

    model_config = ConfigDict(frozen=True)

    draft: EmailDraft
    by: str


class NoWords(BaseModel):
    """What a model says to a writer: nothing, for writers see the brief and no more."""

    model_config = ConfigDict(frozen=True)


class DraftText(BaseModel):
    """A draft as a model reads it that may send it."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str


class DraftToSend(BaseModel):
    """What a model says of the mail: it is held against the brief and the drafts, letter by letter."""

    model_config = ConfigDict(frozen=True)

    to: str = Field(max_length=320, description="the mail address of the brief's recipient")
    subject: str = Field(max_length=200, description="copied from a draft, letter by letter")
    text: str = Field(max_length=5000, description="copied from the same draft, letter by letter")


class Done(BaseModel):
    """The end, in a model's words."""

    model_config = ConfigDict(frozen=True)

    summary: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)] = Field(
        description="what was done, in a sentence"
    )


DRAFT: OutputContract[EmailDraft, DraftFacts] = OutputContract(
    "best_draft.draft", EmailDraft, DraftFacts, EMAIL_DRAFT.check
)
PICK = OutputContract("best_draft.pick", Pick, NoFacts, lambda value, facts: [])
ORCHESTRATE = turn_contract("best_draft.turn", Done, NoFacts, lambda value, facts: [])

BEST_DRAFT = Process(
    name="best-draft",
    workflow_type="BestDraft",
    does="Have a mail written three times, and send the best one, once.",
    input=BestDraftRequest,
    result=BestDraftResult,
    business_key=lambda request: request.brief_id,
    steps=(
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        *(
            Step(f"write-{tone}", Decider.MODEL_FILLS, f"write a {tone} draft; code checks every fact, else a template")
            for tone in Tone
        ),
        Step("pick-draft", Decider.MODEL_FILLS, "pick a draft by its number, from a shuffled list"),
        Step("orchestrate", Decider.MODEL_ROUTES, "in mode model: have drafts written, and send one, in its own order"),
        Step("orchestrate-summary", Decider.MODEL_FILLS, "in mode model: summarise older turns of a long conversation"),
        Step("review-email", Decider.PERSON, "approve or reject the mail, here or in advance; silence is a no"),
        Step("send-email", Decider.CODE, "send exactly what was approved, once", SEND_EMAIL_IN_ADVANCE),
        Step("send-email-outcome", Decider.PERSON, "say whether the mail went out, where nobody can look it up"),
    ),
    outputs=(DRAFT, PICK, ORCHESTRATE),
    targets=Targets(usd=Decimal("0.40"), working_time=timedelta(minutes=2)),
)
