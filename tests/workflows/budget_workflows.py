"""Runs on one budget: branches, children, chains. In a file of its own: the sandbox imports it anew."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio import activity, workflow
from temporalio.exceptions import ChildWorkflowError

from contracts.budgets import Account, Partial, Spent
from contracts.llm import Role, Rung
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.sales_follow_up import BUYER_SIGNALS, BuyerSignals, NotesFacts
from contracts.tools import Act, Receipt, WriteTool
from workflows.steps.blanks import Blank
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

BRANCHES = tuple(f"branch-{number}" for number in range(1, 9))


class Request(ProcessInput):
    """What a run is to do."""

    key: str
    branches: int = 1
    shares: tuple[Spent, ...] = ()
    """One child for each."""
    role: Role = Role.DEFAULT


class Work(BaseModel):
    """A run's input: its request, and its account where it does not begin with one of its own."""

    request: Request
    account: Account | None = None


class Told(BaseModel):
    """What came of it."""

    model_config = ConfigDict(frozen=True)

    done: tuple[str, ...]
    spent: Spent
    reason: str | None = None
    partial: Partial | None = None
    by: tuple[str, ...] = ()
    """Who filled in the blanks."""


class Sign(BaseModel):
    """What is put up."""

    text: str


class SignsPort:
    """A tool that takes its time."""

    @activity.defn(name="test.put_up")
    async def put_up(self, act: Act[Sign]) -> Receipt[Sign]:
        """Put a sign up."""
        raise NotImplementedError


PUT_UP: WriteTool[Sign, Sign] = WriteTool(port=SignsPort.put_up, at_most=1)

TESTED = Process(
    name="budget-test",
    workflow_type="Branches",
    does="Spend.",
    input=Request,
    result=Told,
    business_key=lambda request: request.key,
    steps=(
        Step("choose-models", Decider.CODE, "take the route"),
        *(Step(name, Decider.MODEL_FILLS, "fill in a blank") for name in BRANCHES),
        Step("branch-1-by-hand", Decider.PERSON, "fill it in by hand"),
        Step("put-up", Decider.CODE, "put up a sign", PUT_UP),
        Step("children", Decider.CODE, "let others do it"),
    ),
    outputs=(BUYER_SIGNALS,),
)


class Story(TakesMessages):
    """What the runs of this file share."""

    def __init__(self) -> None:
        self.progress = Progress(TESTED)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)
        self.by: list[str] = []

    async def tell(self, work: Work, story: Coroutine[Any, Any, None]) -> Told:
        """The story to its end, or to where it is stopped."""

        async def told() -> Told:
            await story
            return self.told()

        try:
            return await self.progress.tell(work.request, told(), self.ended, work.account)
        finally:
            story.close()

    def told(self, **facts: Any) -> Told:
        """What there is to tell now."""
        assert self.progress.budget
        return Told(done=tuple(self.progress.counts.done), spent=self.progress.budget.spent, by=tuple(self.by), **facts)

    def ended(self, end: Ended) -> Told:
        """Before its end."""
        return self.told(reason=end.reason, partial=self.progress.partial(end))

    async def fill(self, work: Work, step: str, **otherwise: Any) -> None:
        """Fill in a blank; the notes say whose it is."""
        notes = work.request.key
        blank: Blank[BuyerSignals] = Blank(
            step=step,
            summary=f"Fill in {step}",
            prompt="sales_follow_up/summarise_signals",
            variables={"notes": notes},
            contract=BUYER_SIGNALS,
            facts=NotesFacts(notes=notes),
            role=work.request.role,
            **{"otherwise": lambda: BuyerSignals(signals=[])} | otherwise,
        )
        filled = await self.llm.fill(blank)
        self.by.append(filled.by)


async def together(*stories: Coroutine[Any, Any, None]) -> None:
    """Side by side; where one ends early the others are called off, and awaited until they are."""
    try:
        async with asyncio.TaskGroup() as group:
            for story in stories:
                group.create_task(story)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


@workflow.defn(name="Branches")
class Branches(Story):
    """Fills blanks side by side."""

    @workflow.run
    async def run(self, work: Work) -> Told:
        """One blank for each branch."""
        steps = BRANCHES[: work.request.branches]
        return await self.tell(work, together(*(self.fill(work, step) for step in steps)))


@workflow.defn(name="Family")
class Family(Story):
    """Leases shares to children, and then fills a blank of what is left."""

    @workflow.run
    async def run(self, work: Work) -> Told:
        """One child for each share."""
        return await self.tell(work, self.story(work))

    async def story(self, work: Work) -> None:
        """The children, then the parent."""
        with self.progress.step("children"):
            children = (self.child(work, number, share) for number, share in enumerate(work.request.shares))
            await together(*children)
        await self.fill(work, "branch-1")

    async def child(self, work: Work, number: int, share: Spent) -> None:
        """A child that is lost is charged its whole share."""
        budget = self.progress.budget
        assert budget
        lease, account = budget.lease(share)
        request = work.request.model_copy(update={"key": f"{work.request.key}-{number}"})
        name = f"{workflow.info().workflow_id}/{number}"
        try:
            told = await workflow.execute_child_workflow(
                Branches.run, Work(request=request, account=account), id=name, static_summary=f"Child {number}"
            )
        except ChildWorkflowError:
            budget.lose(lease)
        else:
            budget.settle(lease, told.spent)


@workflow.defn(name="Chain")
class Chain(Story):
    """Goes on as a new run while one of its calls is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.going_on = False

    @workflow.signal
    def go_on(self) -> None:
        """As a new run."""
        self.going_on = True

    @workflow.run
    async def run(self, work: Work) -> Told:
        """Two runs."""
        return await self.tell(work, self.story(work))

    async def story(self, work: Work) -> None:
        """The first run has no account yet."""
        if work.account is None:
            await self.fill(work, "branch-1")
            await together(self.fill(work, "branch-2"), self.continued(work))
        await self.fill(work, "branch-3")

    async def continued(self, work: Work) -> None:
        """With what was spent until now."""
        await workflow.wait_condition(lambda: self.going_on)
        assert self.progress.budget
        workflow.continue_as_new(work.model_copy(update={"account": self.progress.budget.account()}))


@workflow.defn(name="ByHand")
class ByHand(Story):
    """Asks a person where the model's reply does not fit."""

    @workflow.run
    async def run(self, work: Work) -> Told:
        """A blank that code has no words for."""
        return await self.tell(work, self.fill(work, "branch-1", otherwise=None, rungs=(Rung.NATIVE,)))


@workflow.defn(name="Signing")
class Signing(Story):
    """Puts up a sign beside filling a blank."""

    @workflow.run
    async def run(self, work: Work) -> Told:
        """Both at once."""
        return await self.tell(work, together(self.sign(work), self.fill(work, "branch-1")))

    async def sign(self, work: Work) -> None:
        """Change the world."""
        await self.tools.use("put-up", PUT_UP, Sign(text=work.request.key), "Put up a sign")


ALL: tuple[type, ...] = (Branches, Family, Chain, ByHand, Signing)
