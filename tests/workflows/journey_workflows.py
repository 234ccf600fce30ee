"""A journey that is booked with an agency over HTTP. In a file of its own: the sandbox imports it anew."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.errors import root_message
from contracts.http import HTTP_POST, HttpPost, HttpReply
from contracts.processes import Decider, Process, ProcessInput, Step
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.saga import Saga
from workflows.steps.tools import Tools, Undo

PARTS = ("flight", "hotel", "car")


class JourneyRequest(ProcessInput):
    """Whose journey."""

    traveller: str


class Journey(BaseModel):
    """What became of it."""

    model_config = ConfigDict(frozen=True)

    failed: str | None = None
    ended: str | None = None
    undone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def _steps(part: str) -> tuple[Step, ...]:
    return (
        Step(f"book-{part}", Decider.CODE, f"book the {part}", HTTP_POST),
        Step(f"book-{part}-outcome", Decider.PERSON, "say whether it was booked"),
        Step(f"call-off-{part}", Decider.CODE, f"call the {part} off", HTTP_POST),
        Step(f"call-off-{part}-outcome", Decider.PERSON, "say whether it was called off"),
        Step(f"call-off-{part}-by-hand", Decider.PERSON, f"call the {part} off by hand"),
    )


JOURNEY = Process(
    name="journey",
    workflow_type="Journey",
    does="Book all of a journey or nothing.",
    input=JourneyRequest,
    result=Journey,
    business_key=lambda request: request.traveller,
    steps=tuple(step for part in PARTS for step in _steps(part)),
    outputs=(),
)


@workflow.defn(name="Journey")
class JourneyWorkflow(TakesMessages):
    """Books the parts one after the other."""

    def __init__(self) -> None:
        self.progress = Progress(JOURNEY)
        self.gates = Gates(self.progress)
        self.tools = Tools(self.progress, self.gates)
        self.saga = Saga(self.tools, self.gates)

    @workflow.run
    async def run(self, request: JourneyRequest) -> Journey:
        """All of them, or none."""
        return await self.progress.tell(request, self.story(request), self.ended)

    async def story(self, request: JourneyRequest) -> Journey:
        """What fails is told."""
        try:
            async with self.saga as saga:
                for part in PARTS:
                    await saga.use(
                        f"book-{part}", HTTP_POST, at_agency(f"book-{part}"), f"Book the {part}", undo=call_off(part)
                    )
        except ActivityError as error:
            return self.told(failed=root_message(error))
        return self.told()

    def ended(self, end: Ended) -> Journey:
        """Before its end."""
        return self.told(ended=end.reason)

    def told(self, **facts: object) -> Journey:
        """What there is to tell now."""
        known = Journey(undone=tuple(self.saga.undone), left=tuple(self.saga.left))
        return known.model_copy(update=facts)


def at_agency(what: str) -> HttpPost:
    """What is asked of it."""
    return HttpPost(system="agency", path=what, body={})


def call_off(part: str) -> Callable[[HttpReply], Undo[HttpPost]]:
    """How a part is taken back."""
    step = f"call-off-{part}"
    return lambda _: Undo(step, HTTP_POST, at_agency(step), f"Call the {part} off")
