"""A process that asks the models of its route one thing."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from contracts.money import Usd
from contracts.sales_follow_up import BUYER_SIGNALS, SALES_FOLLOW_UP, BuyerSignals, FollowUpRequest, NotesFacts
from workflows.steps.blanks import Blank
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress

NOTES = "Called on Monday. She has put aside 4,300 CHF. Her sister decides."


class AskedOnce(BaseModel):
    """Whose reply was taken, and what all of them cost. `ended`: why the run came to no end of its own."""

    model_config = ConfigDict(frozen=True)

    by: str = ""
    usd: Usd = Decimal(0)
    model_calls: int = 0
    ended: str | None = None


@workflow.defn(name="AskOnce")
class AskOnce(TakesMessages):
    """The first model step of the sales follow-up, and nothing else."""

    def __init__(self) -> None:
        self.progress = Progress(SALES_FOLLOW_UP)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)

    @workflow.run
    async def run(self, request: FollowUpRequest) -> AskedOnce:
        """Ask, and say what came of it."""
        return await self.progress.tell(request, self._story(), self._ended)

    async def _story(self) -> AskedOnce:
        blank = Blank(
            step="summarise-signals",
            summary="Summarise the notes",
            prompt="sales_follow_up/summarise_signals",
            variables={"notes": NOTES},
            contract=BUYER_SIGNALS,
            facts=NotesFacts(notes=NOTES),
            otherwise=lambda: BuyerSignals(signals=[]),
        )
        filled = await self.llm.fill(blank)
        return self._result(by=filled.by)

    def _ended(self, end: Ended) -> AskedOnce:
        return self._result(ended=end.reason)

    def _result(self, **facts: str) -> AskedOnce:
        spent = self.progress.state().spent
        return AskedOnce.model_validate({"usd": spent.usd, "model_calls": spent.model_calls, **facts})
