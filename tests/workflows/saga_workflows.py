"""A trip of three bookings, each with its undoing. In a file of its own: the sandbox imports it anew."""

from pydantic import BaseModel, ConfigDict
from temporalio import activity, workflow
from temporalio.exceptions import ActivityError

from contracts.budgets import Partial, Spent
from contracts.errors import root_message
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.tools import Act, Receipt, WriteTool
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.saga import Saga
from workflows.steps.tools import Tools, Undo

PARTS = ("flight", "hotel", "car")


class TripRequest(ProcessInput):
    """Whose trip."""

    traveller: str


class Booking(BaseModel):
    """What is booked, or called off, and for whom."""

    model_config = ConfigDict(frozen=True)

    part: str
    traveller: str


class Trip(BaseModel):
    """What became of it."""

    model_config = ConfigDict(frozen=True)

    failed: str | None = None
    ended: str | None = None
    undone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    spent: Spent
    partial: Partial | None = None


class AgencyPort:
    """The outside."""

    @activity.defn(name="test.book")
    async def book(self, act: Act[Booking]) -> Receipt[Booking]:
        """Book a part."""
        raise NotImplementedError

    @activity.defn(name="test.call_off")
    async def call_off(self, act: Act[Booking]) -> Receipt[Booking]:
        """Call a part off."""
        raise NotImplementedError


BOOK: WriteTool[Booking, Booking] = WriteTool(AgencyPort.book, at_most=3)
CALL_OFF: WriteTool[Booking, Booking] = WriteTool(AgencyPort.call_off, at_most=3)

TRIP = Process(
    name="trip",
    workflow_type="Trip",
    does="Book all of a trip or nothing.",
    input=TripRequest,
    result=Trip,
    business_key=lambda request: request.traveller,
    steps=(
        *(Step(f"book-{part}", Decider.CODE, f"book the {part}", BOOK) for part in PARTS),
        *(Step(f"book-{part}-outcome", Decider.PERSON, "say whether it happened") for part in PARTS),
        *(Step(f"call-off-{part}", Decider.CODE, f"call the {part} off", CALL_OFF) for part in PARTS),
        *(Step(f"call-off-{part}-by-hand", Decider.PERSON, f"call the {part} off by hand") for part in PARTS),
    ),
    outputs=(),
)


@workflow.defn(name="Trip")
class TripWorkflow(TakesMessages):
    """Books the parts one after the other."""

    def __init__(self) -> None:
        self.progress = Progress(TRIP)
        self.gates = Gates(self.progress)
        self.tools = Tools(self.progress, self.gates)
        self.saga = Saga(self.tools, self.gates)

    @workflow.run
    async def run(self, request: TripRequest) -> Trip:
        """All of them, or none."""
        return await self.progress.tell(request, self.story(request), self.ended)

    async def story(self, request: TripRequest) -> Trip:
        """What fails is told."""
        try:
            async with self.saga as saga:
                for part in PARTS:
                    booking = Booking(part=part, traveller=request.traveller)
                    await saga.use(f"book-{part}", BOOK, booking, f"Book the {part}", undo=call_off)
        except ActivityError as error:
            return self.told(failed=root_message(error))
        return self.told()

    def ended(self, end: Ended) -> Trip:
        """Before its end."""
        return self.told(ended=end.reason, partial=self.progress.partial(end))

    def told(self, **facts: object) -> Trip:
        """What there is to tell now."""
        assert self.progress.budget
        known = Trip(spent=self.progress.budget.spent, undone=tuple(self.saga.undone), left=tuple(self.saga.left))
        return known.model_copy(update=facts)


def call_off(booked: Booking) -> Undo[Booking]:
    """How a part is taken back."""
    return Undo(f"call-off-{booked.part}", CALL_OFF, booked, f"Call the {booked.part} off")
