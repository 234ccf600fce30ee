"""SalesFollowUp: write to one lead, once, and only with a person's consent."""

from datetime import timedelta

from temporalio import workflow

from contracts.calendar import NEXT_WORKING_TIME, PROPOSE_SLOT, ProposeSlot, Slot, WorkingTime
from contracts.crm import LOG_FOLLOW_UP, READ_LEAD, FollowUp, Lead, Person, ReadLead
from contracts.mail import SEND_EMAIL, Email
from contracts.sales_follow_up import (
    BUYER_SIGNALS,
    EMAIL_DRAFT,
    SALES_FOLLOW_UP,
    BuyerSignals,
    DraftFacts,
    EmailDraft,
    FollowUpOutcome,
    FollowUpRequest,
    FollowUpResult,
    NotesFacts,
    SendWhen,
)
from contracts.tools import Outcome
from workflows.steps.blanks import Blank, Filled
from workflows.steps.ended import Ended, Ending
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.timers import Timers
from workflows.steps.tools import Tools

SLOT_NOTICE = timedelta(days=8)
"""Longer than two gates and a wait for working hours may take together, so no mail proposes a slot that is past."""


@workflow.defn(name=SALES_FOLLOW_UP.workflow_type)
class SalesFollowUp(TakesMessages):
    """Write to one lead, once, and only with a person's consent."""

    def __init__(self) -> None:
        self.progress = Progress(SALES_FOLLOW_UP)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)
        self.timers = Timers(self.progress)
        self.known = FollowUpResult(outcome=FollowUpOutcome.STOPPED, lead_id="unknown")

    @workflow.run
    async def run(self, request: FollowUpRequest) -> FollowUpResult:
        """The story, and how it ends when a person says no, nobody answers, or somebody stops it."""
        self.known = self.known.model_copy(update={"lead_id": request.lead_id})
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: FollowUpRequest) -> FollowUpResult:
        lead = await self.tools.use("read-notes", READ_LEAD, ReadLead(lead_id=request.lead_id), "Read the lead's notes")
        signals = await self.llm.fill(summarise_signals(lead))
        draft = await self.llm.fill(draft_email(lead, signals.value))
        slot = await self.tools.use("propose-slot", PROPOSE_SLOT, self._meeting(lead), "Find a free slot")
        self._learn(drafted_by=draft.by, meeting_starts=slot.starts)
        approved = await self.gates.approve(review_email(lead, draft, slot))
        self._learn(approved_by=approved.approval.by)
        if request.send is SendWhen.WORKING_HOURS:
            await self._working_hours(lead)
        if workflow.now() >= slot.starts:
            raise Ended(Ending.EXPIRED, f"the proposed meeting, {slot.spoken}, has passed")
        receipt = await self.tools.use("send-email", SEND_EMAIL, approved, f"Send the approved mail to {lead.name}")
        sent = receipt.result
        self._learn(message_id=sent.message_id)
        await self.tools.use(
            "log-follow-up",
            LOG_FOLLOW_UP,
            FollowUp(lead_id=lead.lead_id, message_id=sent.message_id),
            "Note the mail in the CRM",
        )
        if receipt.outcome is Outcome.CONFLICT:
            reason = f"{self.progress.action} had sent another text before; nothing was sent now"
            # What is known so far is about the mail that did not go out.
            self._learn(drafted_by=None, approved_by=None, meeting_starts=None)
            return self._result(FollowUpOutcome.ALREADY_SENT, reason=reason)
        return self._result(FollowUpOutcome.SENT)

    async def _working_hours(self, lead: Lead) -> None:
        question = WorkingTime(timezone=lead.timezone, not_before=workflow.now())
        moment = await self.tools.use("find-working-hours", NEXT_WORKING_TIME, question, "Find their working hours")
        await self.timers.until("wait-for-working-hours", moment, f"Wait for working hours in {lead.timezone}")

    def _meeting(self, lead: Lead) -> ProposeSlot:
        return ProposeSlot(
            key=self.progress.action,
            guest=Person(name=lead.name, email=lead.email),
            owner=lead.owner,
            topic=lead.interest,
            timezone=lead.timezone,
            not_before=workflow.now() + SLOT_NOTICE,
        )

    def _learn(self, **facts: object) -> None:
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: FollowUpOutcome, **facts: object) -> FollowUpResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> FollowUpResult:
        return self._result(FollowUpOutcome(end.how), reason=end.reason, partial=self.progress.partial(end))


def summarise_signals(lead: Lead) -> Blank[BuyerSignals]:
    """Quote what the notes say about buying; no reply that fits means no signals."""
    return Blank(
        step="summarise-signals",
        summary=f"Summarise the buyer's signals of {lead.name}",
        prompt="sales_follow_up/summarise_signals",
        variables={"notes": lead.notes},
        contract=BUYER_SIGNALS,
        facts=NotesFacts(notes=lead.notes),
        otherwise=lambda: BuyerSignals(signals=[]),
    )


def draft_email(lead: Lead, signals: BuyerSignals) -> Blank[EmailDraft]:
    """Write the words between greeting and closing."""
    return Blank(
        step="draft-email",
        summary=f"Draft the mail to {lead.name}",
        prompt="sales_follow_up/draft_email",
        variables={
            "lead_name": lead.name,
            "company": lead.company,
            "interest": lead.interest,
            "owner_name": lead.owner.name,
            "signals": "\n".join(dict.fromkeys(f"- {s.kind}: {s.quote}" for s in signals.signals)) or "none",
            "notes": lead.notes,
        },
        contract=EMAIL_DRAFT,
        facts=DraftFacts(
            sources=(lead.notes, lead.name, lead.salutation, lead.company, lead.interest, lead.owner.name),
            recipient=lead.name,
            company=lead.company,
        ),
        otherwise=lambda: template(lead),
    )


def template(lead: Lead) -> EmailDraft:
    """The mail that says nothing wrong about anybody."""
    return EmailDraft(
        subject=f"Following up about {lead.interest}"[:90].rstrip(),
        paragraphs=[
            f"Thank you for your interest in working with us. I am writing to follow up about {lead.interest}, and to "
            f"hear where things stand at {lead.company}.",
            "I would be glad to answer your questions, and to work out together what a sensible next step would be.",
        ],
    )


def review_email(lead: Lead, draft: Filled[EmailDraft], slot: Slot) -> Review[Email]:
    """The whole mail, as it would go out. Greeting, meeting and closing are code's, whatever the model wrote."""
    paragraphs = (
        f"Dear {lead.salutation},",
        *draft.value.paragraphs,
        f"Would a short call on {slot.spoken} suit you? An invitation is attached.",
        f"Kind regards,\n{lead.owner.name}",
    )
    return Review(
        gate="review-email",
        question=f"Send this mail to {lead.name} ({lead.company})?",
        subject=Email(
            to=Person(name=lead.name, email=lead.email),
            sender=lead.owner,
            subject=draft.value.subject,
            body="\n\n".join(paragraphs) + "\n",
            invitation=slot.ics,
            drafted_by=draft.by,
        ),
        editable=("subject", "body"),
    )
