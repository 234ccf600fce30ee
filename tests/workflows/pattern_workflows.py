"""A process with a story for each pattern. In a file of its own: the sandbox imports it anew."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, JsonValue
from temporalio import workflow

from contracts.budgets import Spent
from contracts.delegation import Report, Task
from contracts.outputs import NoFacts, OutputContract
from contracts.processes import Decider, Process, ProcessInput, Step
from tests.workflows.pattern_words import KIND, LOOK, PLAN, PUT, WORD, Kind, Put, Say, Word, WordPlan
from workflows.patterns.chain import link
from workflows.patterns.evaluator_optimizer import Score, improve
from workflows.patterns.orchestrator_workers import Team, delegate
from workflows.patterns.parallel import first, sections, vote
from workflows.patterns.plan_then_execute import PlanFailed, plan_then_execute
from workflows.patterns.route import Branch, Choice, WrongClass, choose, route
from workflows.steps.blanks import Blank
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

SHARE = Decimal("0.20")
"""Dollars that a child may spend: two calls."""

ASKS = tuple(f"ask-{number}" for number in range(1, 6))


class ShapeRequest(ProcessInput):
    """Which story, of whom."""

    key: str
    story: str
    branches: int = 3
    limit: int = 0
    wrong: tuple[str, ...] = ()
    """Branches that find that they are wrong."""
    plan: WordPlan | None = None
    children: tuple[str, ...] = ()
    """Names, and stories of sub-tasks: `one:first`."""
    signed: bool = False
    """Whether somebody signs after the children."""


class Told(BaseModel):
    """What came of it."""

    said: JsonValue = None
    reason: str | None = None
    spent: Spent = Spent()


SHAPES = Process(
    name="shapes",
    workflow_type="Shapes",
    does="Takes the shape of a pattern.",
    input=ShapeRequest,
    result=Told,
    business_key=lambda request: request.key,
    steps=(
        Step("choose-models", Decider.CODE, "take the route"),
        *(Step(name, Decider.MODEL_FILLS, "say a word") for name in ASKS),
        Step("kind", Decider.MODEL_ROUTES, "say what it is"),
        Step("kind-by-person", Decider.PERSON, "say what it is"),
        Step("look", Decider.CODE, "look at the shelf", LOOK),
        Step("plan", Decider.MODEL_FILLS, "make a plan"),
        Step("review-plan", Decider.PERSON, "approve the plan"),
        Step("children", Decider.CODE, "let others do it"),
        Step("put", Decider.CODE, "put it on the shelf", PUT),
    ),
    outputs=(WORD, KIND, PLAN),
)


class Story(TakesMessages):
    """What parent and child share."""

    def __init__(self) -> None:
        self.progress = Progress(SHAPES)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    async def _told(self, request: ShapeRequest) -> Told:
        said = await getattr(self, f"_{request.story}")(request)
        return self._result(said=said)

    def _ended(self, end: Ended) -> Told:
        return self._result(reason=f"{end.how}: {end.reason}")

    def _result(self, **facts: Any) -> Told:
        assert self.progress.budget
        return Told(spent=self.progress.budget.spent, **facts)

    def _blank(self, step: str, contract: OutputContract[Any, NoFacts], notes: str, otherwise: Any) -> Blank[Any]:
        return Blank(
            step=step,
            summary=f"Say something at {step}",
            prompt="sales_follow_up/summarise_signals",
            variables={"notes": notes},
            contract=contract,
            facts=NoFacts(),
            otherwise=lambda: otherwise,
        )

    async def _word(self, request: ShapeRequest, step: str, problem: str | None = None) -> str:
        blank = self._blank(step, WORD, f"{request.key}\n{problem or ''}", Word(word="template"))
        said: str = (await self.llm.fill(blank)).value.word
        if said == "look":
            await self.tools.use("look", LOOK, Word(word=request.key), "Look")
        return said

    async def _say(self, request: ShapeRequest) -> JsonValue:
        return await self._word(request, "ask-1")

    async def _chain(self, request: ShapeRequest) -> JsonValue:
        async def said(step: str, before: str) -> str:
            def seen(word: str) -> str | None:
                return None if word.startswith(before) else f"{word} does not begin with {before}"

            return await link(self.progress, step, lambda problem: self._word(request, step, problem), seen)

        return await said("ask-2", await said("ask-1", ""))

    async def _improve(self, request: ShapeRequest) -> JsonValue:
        async def judge(word: str) -> Score:
            return Score(len(word), ("it is too short",))

        async def better(word: str, score: Score) -> str:
            return await self._word(request, "ask-1", score.problems[0])

        made = await improve("a", judge, better, good_enough=5, rounds=request.limit)
        return [made.best, made.rounds, made.why]

    async def _plan(self, request: ShapeRequest) -> JsonValue:
        async def make(problem: str | None, so_far: Sequence[str]) -> WordPlan:
            blank = self._blank("plan", PLAN, f"{request.key}\n{problem}", WordPlan(steps=(Say(word="template"),)))
            made: WordPlan = (await self.llm.fill(blank)).value
            return made

        def check(plan: WordPlan) -> str | None:
            return "swearing is not allowed" if any(one.word == "damn" for one in plan.steps) else None

        async def do(step: Say | Put, so_far: Sequence[str]) -> str:
            match step:
                case Say(word="nothing"):
                    raise PlanFailed("there is nothing to say")
                case Say():
                    return step.word
                case Put():
                    await self.tools.use("put", PUT, Word(word=step.word), "Put it there")
                    return f"put {step.word}"

        def review(plan: WordPlan) -> Review[WordPlan]:
            return Review("review-plan", "Do this?", plan, editable=("steps",))

        done = await plan_then_execute(
            self.gates, make, check, do, given=request.plan, review=review if request.signed else None
        )
        return {"results": list(done.results), "before": list(done.before), "by": done.approved_by}

    def _words(self, request: ShapeRequest) -> dict[str, Any]:
        return {step: self._word(request, step) for step in ASKS[: request.branches]}

    async def _sections(self, request: ShapeRequest) -> JsonValue:
        said = await sections(self.progress, "words", self._words(request), may_fail=request.limit)
        return {"done": dict(said.done), "failed": dict(said.failed)}

    async def _vote(self, request: ShapeRequest) -> JsonValue:
        agreed = await vote(self.progress, "words", self._words(request), needed=request.limit)
        return {"value": agreed.value, "by": list(agreed.by)} if agreed else None

    async def _first(self, request: ShapeRequest) -> JsonValue:
        won = await first(self.progress, "words", self._words(request), good=lambda word: word == "good")
        return [won.name, won.value] if won else None

    async def _route(self, request: ShapeRequest) -> JsonValue:
        about = Word(word=request.key)
        chosen = await choose(
            self.llm,
            self.gates,
            Choice(
                step="kind",
                gate="kind-by-person",
                summary="Say what it is",
                prompt="sales_follow_up/summarise_signals",
                variables={"notes": request.key},
                contract=KIND,
                kinds=Kind,
                about=about,
            ),
        )
        ways: list[JsonValue] = [chosen.by]

        def leads(kind: Kind, *steps: str) -> Branch[list[JsonValue]]:
            async def story(tools: Tools) -> list[JsonValue]:
                ways.append(kind)
                for step in steps:
                    if step == "look":
                        await tools.use(step, LOOK, about, "Look")
                    else:
                        await tools.use(step, PUT, about, "Put it there")
                if kind in request.wrong:
                    raise WrongClass("it is hard", better=Kind.STONE)
                return ways

            return Branch((LOOK,) if kind is Kind.FRUIT else (LOOK, PUT), story)

        fruit = leads(Kind.FRUIT, "look", *(["put"] if request.limit else []))
        branches = {Kind.FRUIT: fruit, Kind.STONE: leads(Kind.STONE, "put"), Kind.OTHER: leads(Kind.OTHER)}
        return await route(self.progress, self.tools, chosen.kind, branches)


@workflow.defn(name="Shapes")
class Shapes(Story):
    """One pattern after another, a run for each."""

    @workflow.run
    async def run(self, request: ShapeRequest) -> Told:
        """The story that is asked for."""
        return await self.progress.tell(request, self._told(request), self._ended)

    async def _delegate(self, request: ShapeRequest) -> JsonValue:
        return await delegated(self, request, 0)


@workflow.defn(name="Helper")
class Helper(Story):
    """A sub-task."""

    @workflow.run
    async def run(self, task: Task[ShapeRequest]) -> Report[Told]:
        """Within its share."""
        self.depth = task.depth
        told = await self.progress.tell(task.request, self._told(task.request), self._ended, task.account)
        return Report(result=told, spent=told.spent)

    async def _delegate(self, request: ShapeRequest) -> JsonValue:
        return await delegated(self, request, self.depth)


async def delegated(story: Story, request: ShapeRequest, depth: int) -> JsonValue:
    """To a helper for each of the children; each is told its name and its story."""
    named = dict(child.split(":") for child in request.children)
    work = {
        name: request.model_copy(update={"key": f"{request.key}-{name}", "story": story})
        for name, story in named.items()
    }
    share = Spent(usd=SHARE, model_calls=2, steps=5, tool_calls=2)
    team = Team(share=share, at_most=4, at_once=2, may_fail=request.limit)
    done = await delegate(story.progress, "children", Helper.run, work, team, depth)
    if request.signed:
        await story.gates.approve(Review("review-plan", "Is it good?", Word(word=request.key)))
    said: JsonValue = {name: told.reason or told.said for name, told in done.done.items()}
    return {"done": said, "failed": dict(done.failed)}
