"""An errand whose tools a model chooses. In a file of its own: the sandbox imports it anew."""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from contracts.calls import CallResult, ToolCall
from contracts.crm import READ_LEAD, Person, ReadLead
from contracts.mail import SEND_EMAIL, Email
from contracts.outputs import OutputContract
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.sales_follow_up import NotesFacts
from workflows.steps.blanks import Blank
from workflows.steps.calls import AskPerson, Calls, Offer
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


class ErrandRequest(ProcessInput):
    """To whom a mail may go."""

    to: str
    reads: tuple[str, ...] = ()
    """Steps at which code reads a lead before the model is asked."""


class Wanted(BaseModel):
    """What the model wants done."""

    model_config = ConfigDict(frozen=True)

    calls: list[ToolCall]


class Mail(BaseModel):
    """What the model says of a mail. To whom it goes is not for it to say."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    body: str


class Told(BaseModel):
    """What the model is told."""

    results: tuple[CallResult, ...] = ()
    ended: str | None = None


WANTED = OutputContract("test.wanted", Wanted, NotesFacts, lambda value, facts: [])

ERRAND = Process(
    name="errand",
    workflow_type="Errand",
    does="Do what a model wants done, as far as that is allowed.",
    input=ErrandRequest,
    result=Told,
    business_key=lambda request: request.to,
    steps=(
        Step("choose-models", Decider.CODE, "take the route"),
        Step("choose", Decider.MODEL_ROUTES, "choose tools"),
        Step("review", Decider.PERSON, "approve the mail"),
        Step("ask", Decider.PERSON, "answer what the model asks"),
        Step("send", Decider.CODE, "send it", SEND_EMAIL),
        Step("read", Decider.CODE, "read a lead", READ_LEAD),
    ),
    outputs=(WANTED,),
)


@workflow.defn(name="Errand")
class Errand(TakesMessages):
    """One reply of a model, carried out."""

    def __init__(self) -> None:
        self.progress = Progress(ERRAND)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, request: ErrandRequest) -> Told:
        """Ask, and carry out."""
        return await self.progress.tell(request, self.story(request), self.ended)

    async def story(self, request: ErrandRequest) -> Told:
        """What the model is told."""
        for step in request.reads:
            await self.tools.use(step, READ_LEAD, ReadLead(lead_id="lead-007"), "Read a lead")
        wanted = await self.llm.fill(choose())
        asks = AskPerson("ask", wanted.value, at_most=1)
        calls = Calls(self.tools, self.gates, (send_to(request.to), READ), asks)
        return Told(results=await calls.carry_out(wanted.value.calls))

    def ended(self, end: Ended) -> Told:
        """Before its end."""
        return Told(ended=end.reason)


def choose() -> Blank[Wanted]:
    """Which tools."""
    return Blank(
        step="choose",
        summary="Choose tools",
        prompt="sales_follow_up/summarise_signals",
        variables={"notes": "none"},
        contract=WANTED,
        facts=NotesFacts(notes="none"),
        otherwise=None,
    )


def send_to(to: str) -> Offer[Mail, Email]:
    """A mail to the one recipient."""

    def written(mail: Mail) -> Email:
        sender = Person(name="Owner", email="owner@signoff.example")
        recipient = Person(name="Recipient", email=to)
        return Email(
            to=recipient, sender=sender, subject=mail.subject, body=mail.body, drafted_by="a model", invitation=""
        )

    def review(email: Email) -> Review[Email]:
        return Review(gate="review", question="Send it?", subject=email)

    return Offer("send_email", "send", SEND_EMAIL, Mail, written, "Send the mail", review)


READ: Offer[ReadLead, ReadLead] = Offer("read_lead", "read", READ_LEAD, ReadLead, lambda lead: lead, "Read a lead")
