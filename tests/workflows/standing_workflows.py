"""A process whose tool may be approved in advance. In a file of its own: the sandbox imports it anew."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from temporalio import activity, workflow

from contracts.crm import Person
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.tools import Act, Consent, IrreversibleTool, Receipt
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


class Refund(BaseModel):
    """Money back."""

    model_config = ConfigDict(frozen=True)

    to: Person
    amount: Decimal
    lines: tuple[str, ...] = ()


class RefundRequest(ProcessInput):
    """Whose money, and how much of it."""

    key: str
    amount: Decimal = Decimal(20)
    email: str = "ann@example.com"


class Refunded(BaseModel):
    """What came of it. `by`: who approved; `standing`: by which standing approval."""

    model_config = ConfigDict(frozen=True)

    outcome: str
    by: str | None = None
    standing: str | None = None


class RefundsPort:
    """The way to pay back."""

    @activity.defn(name="test.refund")
    async def refund(self, act: Act[Refund]) -> Receipt[Refund]:
        """Pay."""
        raise NotImplementedError


PAY_BACK: IrreversibleTool[Refund, Refund] = IrreversibleTool(RefundsPort.refund, at_most=1, consent=Consent.STANDING)
BY_HAND: IrreversibleTool[Refund, Refund] = IrreversibleTool(RefundsPort.refund, at_most=1, consent=Consent.PERSON)


def refunds(workflow_type: str, name: str, tool: IrreversibleTool[Refund, Refund]) -> Process:
    """One process for each kind of consent."""
    return Process(
        name=name,
        workflow_type=workflow_type,
        does="Pay back.",
        input=RefundRequest,
        result=Refunded,
        business_key=lambda request: request.key,
        steps=(
            Step("review-refund", Decider.PERSON, "look at it"),
            Step("pay-back", Decider.CODE, "pay", tool),
            Step("pay-back-outcome", Decider.PERSON, "say whether it was paid"),
        ),
        outputs=(),
    )


REFUNDS = refunds("Refunds", "refunds", PAY_BACK)
REFUNDS_BY_HAND = refunds("RefundsByHand", "refunds-by-hand", BY_HAND)


class Story(TakesMessages):
    """One refund."""

    process = REFUNDS

    def __init__(self) -> None:
        self.progress = Progress(self.process)
        self.gates = Gates(self.progress)
        self.tools = Tools(self.progress, self.gates)

    async def story(self, request: RefundRequest) -> Refunded:
        """Ask, pay."""
        (tool,) = (step.tool for step in self.process.steps if isinstance(step.tool, IrreversibleTool))
        to = Person(name="Ann", email=request.email)
        refund = Refund(to=to, amount=request.amount, lines=(request.key,))
        review = Review(gate="review-refund", question="Pay this back?", subject=refund, editable=("amount",))
        approved = await self.gates.approve(review, tool)
        await self.tools.use("pay-back", tool, approved, "Pay back")
        return Refunded(outcome="paid", by=approved.approval.by, standing=approved.approval.standing)

    def ended(self, end: Ended) -> Refunded:
        """Before its end."""
        return Refunded(outcome=end.how)


@workflow.defn(name="Refunds")
class Refunds(Story):
    """The tool may be approved in advance."""

    @workflow.run
    async def run(self, request: RefundRequest) -> Refunded:
        """One refund."""
        return await self.progress.tell(request, self.story(request), self.ended)


@workflow.defn(name="RefundsByHand")
class RefundsByHand(Story):
    """It may not."""

    process = REFUNDS_BY_HAND

    @workflow.run
    async def run(self, request: RefundRequest) -> Refunded:
        """One refund."""
        return await self.progress.tell(request, self.story(request), self.ended)


@workflow.defn(name="RefundsApart")
class RefundsApart(Story):
    """For which nobody ever approves anything in advance."""

    process = refunds("RefundsApart", "refunds-apart", PAY_BACK)

    @workflow.run
    async def run(self, request: RefundRequest) -> Refunded:
        """One refund."""
        return await self.progress.tell(request, self.story(request), self.ended)


@workflow.defn(name="RefundsByHand")
class AllowedSince(Story):
    """RefundsByHand of tomorrow: its tool takes standing approvals now."""

    process = refunds("RefundsByHand", "refunds-by-hand", PAY_BACK)

    @workflow.run
    async def run(self, request: RefundRequest) -> Refunded:
        """One refund."""
        return await self.progress.tell(request, self.story(request), self.ended)


ALL: tuple[type, ...] = (Refunds, RefundsByHand, RefundsApart)
