"""A process that reads a paper, has it signed by whoever has to, asks where it is to stand, and publishes it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity, workflow

from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.tools import Act, Consent, IrreversibleTool, ReadTool, Receipt
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Question, Review
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


class Key(BaseModel):
    """Which paper."""

    key: str


class Paper(BaseModel):
    """What is signed."""

    model_config = ConfigDict(frozen=True)

    title: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    body: str


class PapersPort:
    """The archive."""

    @activity.defn(name="test.read_paper")
    async def read(self, key: Key) -> Paper:
        """Look at it."""
        raise NotImplementedError

    @activity.defn(name="test.publish")
    async def publish(self, act: Act[Paper]) -> Receipt[Paper]:
        """Let everybody see it."""
        raise NotImplementedError


READ = ReadTool[Key, Paper](PapersPort.read, at_most=1)
PUBLISH = IrreversibleTool[Paper, Paper](PapersPort.publish, at_most=1, consent=Consent.PERSON)


class Sheet(ProcessInput):
    """What starts it."""

    key: str
    asks: Literal["", "choice", "date"] = ""


class Published(BaseModel):
    """What came of it."""

    outcome: str
    reason: str | None = None
    by: str | None = None
    others: tuple[str, ...] = ()
    title: str | None = None
    answer: str | None = None
    answered_by: str | None = None
    steps: int = Field(default=0, description="that the run has counted against its budget")
    tool_calls: int = 0


PAPERS = Process(
    name="papers",
    workflow_type="Papers",
    does="Publishes papers",
    input=Sheet,
    result=Published,
    business_key=lambda sheet: sheet.key,
    steps=(
        Step("read", Decider.CODE, "Read the paper", READ),
        Step("sign", Decider.PERSON, "Sign it"),
        Step("where", Decider.PERSON, "Say where it stands"),
        Step("publish", Decider.CODE, "Publish it", PUBLISH),
    ),
    outputs=(),
)


@workflow.defn(name="Papers")
class Papers(TakesMessages):
    """Publish one paper."""

    def __init__(self) -> None:
        self.progress = Progress(PAPERS)
        self.gates = Gates(self.progress)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, sheet: Sheet) -> Published:
        """The story."""
        return await self.progress.tell(sheet, self.story(sheet), self.ended)

    async def story(self, sheet: Sheet) -> Published:
        """As it is told."""
        paper = await self.tools.use("read", READ, Key(key=sheet.key), "Read it")
        answer, answered_by = await self._where(sheet, paper)
        signed = await self.gates.approve(Review("sign", "Publish this paper?", paper, editable=("title",)))
        receipt = await self.tools.use("publish", PUBLISH, signed, "Publish it")
        approval = signed.approval
        assert self.progress.budget
        return Published(
            outcome="published",
            by=approval.by,
            others=approval.others,
            title=receipt.result.title,
            answer=answer,
            answered_by=answered_by,
            steps=self.progress.budget.spent.steps,
            tool_calls=self.progress.budget.spent.tool_calls,
        )

    async def _where(self, sheet: Sheet, paper: Paper) -> tuple[str | None, str | None]:
        match sheet.asks:
            case "choice":
                said = await self.gates.clarify(
                    Question(
                        "where", "Did you mean the door or the wall?", paper, str, choices=("The door", "The wall")
                    )
                )
                return said.value, said.by
            case "date":
                asked = Question(
                    "where",
                    "From when on?",
                    paper,
                    date,
                    default=date(2027, 1, 1),
                    contradicts=lambda day: None if day.year == 2027 else "it has to be in 2027",
                    rounds=2,
                )
                when = await self.gates.clarify(asked)
                return when.value.isoformat(), when.by
            case _:
                return None, None

    def ended(self, end: Ended) -> Published:
        """How it ended early."""
        return Published(outcome=end.how, reason=end.reason)
