"""The smallest process that asks a model: one blank, one call."""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.sales_follow_up import BUYER_SIGNALS, BuyerSignals, NotesFacts
from workflows.steps.blanks import Blank
from workflows.steps.gates import Gates
from workflows.steps.llm import Llm
from workflows.steps.progress import Progress


class OneFillRequest(ProcessInput):
    """Which one."""

    name: str


class OneFillResult(BaseModel):
    """Who filled it in; nobody where the run was stopped."""

    model_config = ConfigDict(frozen=True)

    by: str | None = None


ONE_FILL = Process(
    name="bench-one-fill",
    workflow_type="BenchOneFill",
    does="Ask a model once.",
    input=OneFillRequest,
    result=OneFillResult,
    business_key=lambda request: request.name,
    steps=(
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("summarise-signals", Decider.MODEL_FILLS, "quote the buyer's signals from the notes"),
    ),
    outputs=(BUYER_SIGNALS,),
)


@workflow.defn(name=ONE_FILL.workflow_type)
class OneFill:
    """Ask a model once."""

    def __init__(self) -> None:
        self.progress = Progress(ONE_FILL)
        self.llm = Llm(self.progress, Gates(self.progress))

    @workflow.run
    async def run(self, request: OneFillRequest) -> OneFillResult:
        """The whole story."""
        return await self.progress.tell(request, self._story(request), lambda _: OneFillResult())

    async def _story(self, request: OneFillRequest) -> OneFillResult:
        filled = await self.llm.fill(
            Blank(
                step="summarise-signals",
                summary="Ask a model once",
                prompt="sales_follow_up/summarise_signals",
                variables={"notes": request.name},
                contract=BUYER_SIGNALS,
                facts=NotesFacts(notes=request.name),
                otherwise=lambda: BuyerSignals(signals=[]),
            )
        )
        return OneFillResult(by=filled.by)
