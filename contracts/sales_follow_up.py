"""SalesFollowUp: its input, its result, what its models fill in, and who decides what."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.budgets import Partial, Targets
from contracts.calendar import NEXT_WORKING_TIME, PROPOSE_SLOT
from contracts.crm import LOG_FOLLOW_UP, READ_LEAD, LeadId
from contracts.mail import SEND_EMAIL
from contracts.money import Usd
from contracts.outputs import OutputContract
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.prose import is_quoted_from, prose_problems


class SendWhen(StrEnum):
    """When an approved mail goes out."""

    NOW = "now"
    WORKING_HOURS = "working-hours"
    """In the recipient's next working hour (Monday to Friday, 9 to 17, their time)."""


class FollowUpRequest(ProcessInput):
    """Write to one lead. `{"lead_id": "lead-007"}` is complete."""

    lead_id: LeadId = Field(description="the lead, as the CRM knows it", examples=["lead-007"])
    send: SendWhen = Field(default=SendWhen.NOW, description="when the approved mail goes out")


class FollowUpOutcome(StrEnum):
    """How a follow-up ended."""

    SENT = "sent"
    ALREADY_SENT = "already_sent"
    """This business action had sent another text before; nothing was sent now, and message_id is the first mail's."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided in time, or the approval came too late for the meeting that the mail proposes."""
    STOPPED = "stopped"


class FollowUpResult(BaseModel):
    """What came of it; partial when the run was stopped."""

    model_config = ConfigDict(frozen=True)

    outcome: FollowUpOutcome = Field(description="how it ended")
    lead_id: LeadId = Field(description="the lead it was about")
    reason: str | None = Field(default=None, description="why it ended without sending")
    message_id: str | None = Field(default=None, description="Message-ID of the mail that went out")
    drafted_by: str | None = Field(default=None, description="model that wrote the draft, or template")
    approved_by: str | None = Field(default=None, description="who approved the mail, as it was sent")
    meeting_starts: datetime | None = Field(default=None, description="the meeting that the mail proposes")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


class SignalKind(StrEnum):
    """What a sentence of the notes says about buying."""

    NEED = "need"
    BUDGET = "budget"
    TIMING = "timing"
    OBJECTION = "objection"
    COMPETITOR = "competitor"
    PERSON = "person"


class BuyerSignal(BaseModel):
    """One reason to write, with the words that show it."""

    model_config = ConfigDict(frozen=True)

    kind: SignalKind
    quote: str = Field(
        min_length=3,
        max_length=160,
        description="copied letter by letter from the notes",
        # Small models copy badly: where the schema can be enforced, only the notes' own sentences are offered.
        json_schema_extra={"x-quoted-from": "notes"},
    )


class BuyerSignals(BaseModel):
    """What the notes say about buying, at most four signals, the strongest first."""

    model_config = ConfigDict(frozen=True)

    signals: list[BuyerSignal] = Field(max_length=4, description="empty where the notes show none")


class NotesFacts(BaseModel):
    """What a summary is held against."""

    model_config = ConfigDict(frozen=True)

    notes: str


Paragraph = Annotated[str, StringConstraints(min_length=20, max_length=600, strip_whitespace=True)]


class EmailDraft(BaseModel):
    """The words of a mail between greeting and closing, which code adds, as it adds the meeting's date and time."""

    model_config = ConfigDict(frozen=True)

    subject: Annotated[str, StringConstraints(min_length=5, max_length=90, strip_whitespace=True)] = Field(
        description="one line, no greeting"
    )
    paragraphs: list[Paragraph] = Field(
        min_length=1,
        max_length=3,
        description="two or three sentences each; no greeting, no closing, no date or time of a meeting",
    )


class DraftFacts(BaseModel):
    """What a draft is held against: every name, number, date and amount in it must stand in one of these texts."""

    model_config = ConfigDict(frozen=True)

    sources: tuple[str, ...]
    recipient: str = ""
    company: str = ""


def _check_signals(value: BuyerSignals, facts: NotesFacts) -> list[str]:
    return [
        f'"{signal.quote}" does not stand in the notes; copy a sentence of theirs letter by letter'
        for signal in value.signals
        if not is_quoted_from(signal.quote, facts.notes)
    ]


_UNSURE = re.compile(
    r"\bI(?: am|'m|\u2019m) (?:not sure|unsure|sorry)\b|\bI (?:do not|don't|don\u2019t|cannot|can't|can\u2019t) \w+"
    r"|\bI have no idea\b|\bI(?: will|'ll|\u2019ll) try\b|\b[Aa]s an AI\b|\blanguage model\b"
)
"""Words of a model that wonders aloud; a salesperson does not send them."""


def _check_draft(value: EmailDraft, facts: DraftFacts) -> list[str]:
    text = "\n\n".join((value.subject, *value.paragraphs))
    problems = prose_problems(text, facts.sources)
    problems += [f'"{found}" is no way to write to a customer: leave it out' for found in _UNSURE.findall(text)]
    if not value.subject.isprintable():
        problems.append("the subject is not one line")
    problems += [
        f'"{p[-40:]}" is cut off: end each paragraph with a full sentence' for p in value.paragraphs if _cut(p)
    ]
    sentences = [" ".join(s.split()).casefold() for p in value.paragraphs for s in re.split(r"(?<=[.!?])\s", p)]
    problems += [f'"{s[:80]}" is said twice' for s in dict.fromkeys(sentences) if sentences.count(s) > 1]
    names = set(re.findall(r"\w{3,}", facts.recipient)) - set(re.findall(r"\w+", facts.company))
    if named := sorted(names & set(re.findall(r"\w+", text))):
        problems.append(f'write to {facts.recipient} as "you": leave out {", ".join(named)}')
    return list(dict.fromkeys(problems))


def _cut(paragraph: str) -> bool:
    return not paragraph.rstrip("\"')\u201d\u2019 ").endswith((".", "!", "?", "\u2026"))


BUYER_SIGNALS = OutputContract("sales_follow_up.buyer_signals", BuyerSignals, NotesFacts, _check_signals)
EMAIL_DRAFT = OutputContract("sales_follow_up.email_draft", EmailDraft, DraftFacts, _check_draft)

SALES_FOLLOW_UP = Process(
    name="sales-follow-up",
    workflow_type="SalesFollowUp",
    does="Write to one lead, once, and only with a person's consent.",
    input=FollowUpRequest,
    result=FollowUpResult,
    business_key=lambda request: request.lead_id,
    steps=(
        Step("read-notes", Decider.CODE, "read the lead and its notes in the CRM", READ_LEAD),
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("summarise-signals", Decider.MODEL_FILLS, "quote the buyer's signals from the notes"),
        Step("draft-email", Decider.MODEL_FILLS, "write subject and body; code checks every fact, else a template"),
        Step("propose-slot", Decider.CODE, "find a free slot in working hours, with an invitation", PROPOSE_SLOT),
        Step("review-email", Decider.PERSON, "approve, edit or reject the mail; silence is a no"),
        Step("find-working-hours", Decider.CODE, "find the recipient's next working hour, if asked", NEXT_WORKING_TIME),
        Step("wait-for-working-hours", Decider.CODE, "wait for the recipient's next working hour, if asked"),
        Step("send-email", Decider.CODE, "send exactly what was approved, once", SEND_EMAIL),
        Step("send-email-outcome", Decider.PERSON, "say whether the mail went out, where nobody can look it up"),
        Step("log-follow-up", Decider.CODE, "note it in the CRM", LOG_FOLLOW_UP),
    ),
    outputs=(BUYER_SIGNALS, EMAIL_DRAFT),
    targets=Targets(usd=Decimal("0.80"), working_time=timedelta(minutes=2)),
)
