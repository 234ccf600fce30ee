"""The process that asks a model many times at once."""

import asyncio

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from bench.conversation.programs.signoff_process import LIMITS, Done
from contracts.outputs import NoFacts, OutputContract
from contracts.processes import Decider, Process, ProcessInput, Step
from workflows.steps.blanks import Blank
from workflows.steps.gates import Gates
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress


def _fits(done: Done, facts: NoFacts) -> list[str]:
    return []


ANSWER: OutputContract[Done, NoFacts] = OutputContract("bench.answer", Done, NoFacts, _fits)


class Fan(ProcessInput):
    """How many calls at once."""

    calls: int


class Asked(BaseModel):
    """How many were answered by the model."""

    model_config = ConfigDict(frozen=True)

    answered: int = 0


FAN = Process(
    name="bench-fan",
    workflow_type="BenchFan",
    does="Ask a model many times at once.",
    input=Fan,
    result=Asked,
    business_key=lambda request: str(request.calls),
    steps=(
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("ask", Decider.MODEL_FILLS, "answer"),
    ),
    outputs=(ANSWER,),
    limits=LIMITS,
)


@workflow.defn(name=FAN.workflow_type)
class BenchFan(TakesMessages):
    """Ask a model many times at once."""

    def __init__(self) -> None:
        self.progress = Progress(FAN)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)

    @workflow.run
    async def run(self, request: Fan) -> Asked:
        """The whole story."""
        return await self.progress.tell(request, self._story(request), lambda _: Asked())

    async def _story(self, request: Fan) -> Asked:
        blank = Blank(
            step="ask",
            summary="Ask a model once",
            prompt="sales_follow_up/summarise_signals",
            variables={"notes": "They would like to hear about prices."},
            contract=ANSWER,
            facts=NoFacts(),
            otherwise=lambda: Done(summary=""),
        )
        filled = await asyncio.gather(*(self.llm.fill(blank) for _ in range(request.calls)))
        return Asked(answered=sum(one.value.summary != "" for one in filled))
