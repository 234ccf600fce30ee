"""A mail that may be approved in advance. In a file of its own: the sandbox imports it anew."""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from contracts.crm import LOG_FOLLOW_UP, READ_LEAD, FollowUp, Lead, LeadId, Person, ReadLead
from contracts.mail import Email, MailPort, SentMail
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.tools import Consent, IrreversibleTool
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


class NoticeRequest(ProcessInput):
    """To whom."""

    lead_id: LeadId


class Notice(BaseModel):
    """What became of it. `standing`: the standing approval that covered it."""

    model_config = ConfigDict(frozen=True)

    outcome: str
    message_id: str | None = None
    by: str | None = None
    standing: bool = False


NOTIFY: IrreversibleTool[Email, SentMail] = IrreversibleTool(MailPort.send, at_most=1, consent=Consent.STANDING)
"""The mail tool as a team has it that lets mails be approved in advance."""

NOTICE = Process(
    name="notice",
    workflow_type="Notice",
    does="Send a notice that may have been approved in advance.",
    input=NoticeRequest,
    result=Notice,
    business_key=lambda request: request.lead_id,
    steps=(
        Step("read-notes", Decider.CODE, "read the lead", READ_LEAD),
        Step("review-notice", Decider.PERSON, "approve the mail"),
        Step("send-email", Decider.CODE, "send it", NOTIFY),
        Step("send-email-outcome", Decider.PERSON, "say whether it went out"),
        Step("log-follow-up", Decider.CODE, "note it in the CRM", LOG_FOLLOW_UP),
    ),
    outputs=(),
)


@workflow.defn(name="Notice")
class NoticeWorkflow(TakesMessages):
    """One mail."""

    def __init__(self) -> None:
        self.progress = Progress(NOTICE)
        self.gates = Gates(self.progress)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, request: NoticeRequest) -> Notice:
        """Ask, send, note."""
        return await self.progress.tell(request, self.story(request), self.ended)

    async def story(self, request: NoticeRequest) -> Notice:
        """The story."""
        lead = await self.tools.use("read-notes", READ_LEAD, ReadLead(lead_id=request.lead_id), "Read the lead")
        review = Review(gate="review-notice", question="Send it?", subject=written(lead))
        approved = await self.gates.approve(review, NOTIFY)
        receipt = await self.tools.use("send-email", NOTIFY, approved, "Send the notice")
        done = FollowUp(lead_id=request.lead_id, message_id=receipt.result.message_id)
        await self.tools.use("log-follow-up", LOG_FOLLOW_UP, done, "Note the notice in the CRM")
        approval = approved.approval
        return Notice(
            outcome=receipt.outcome, message_id=done.message_id, by=approval.by, standing=bool(approval.standing)
        )

    def ended(self, end: Ended) -> Notice:
        """Before its end."""
        return Notice(outcome=end.how)


def written(lead: Lead) -> Email:
    """The same whenever it is written."""
    return Email(
        to=Person(name=lead.name, email=lead.email),
        sender=lead.owner,
        subject="A notice",
        body="We have moved.\n",
        invitation="",
        drafted_by="template",
    )
