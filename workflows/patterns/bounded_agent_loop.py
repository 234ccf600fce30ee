"""A model decides which tools to use next, over and over, within ceilings that code keeps: think, act, observe."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Generic, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue
from temporalio import workflow

from contracts.agents import CONVERSATION_SUMMARY, Stopped, Summary, Turn
from contracts.budgets import Spent
from contracts.chain import Came, Checkpoint
from contracts.llm import Quote, Role
from contracts.money import Usd
from contracts.outputs import NoFacts, OutputContract
from contracts.transcript import Opening
from workflows.steps.blanks import TEMPLATE, Blank
from workflows.steps.budget import RunBudget
from workflows.steps.calls import Calls
from workflows.steps.llm import Llm
from workflows.steps.talk import LEFT_OUT, Talk, TalkSoFar, opened

R = TypeVar("R", bound=BaseModel)

SUMMARY_TOKENS = 2500

LAST_TURN = "This is your last turn: no tool can be used any more. Give the result now, from what is known."


@dataclass(frozen=True)
class Bounds:
    """What one loop may spend, within what its run may. Tool calls are counted as they are asked for."""

    turns: int = 10
    tool_calls: int = 20
    usd: Decimal = Decimal(1)
    working_time: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Agent(Generic[R]):
    """Who works, on what, with which end. The boundary map declares `step`, and `STEP-summary` for long conversations.

    The prompt is told the tools as the variable `tools`; `contract` comes from `turn_contract`.
    """

    step: str
    summary: str
    prompt: str
    variables: dict[str, str]
    contract: OutputContract[Turn[R], Any]
    facts: BaseModel
    bounds: Bounds = field(default_factory=Bounds)
    role: Role = Role.DEFAULT
    max_tokens: int = 1000
    scratchpad: bool = False
    pinned: tuple[str, ...] = ()
    """Constraints that stay in sight of the model however long the conversation gets."""


@dataclass(frozen=True)
class Finished(Generic[R]):
    """How a loop ended: its result, or why there is none. `by`: the model's name."""

    result: R | None
    by: str
    stopped: Stopped | None = None
    reason: str = ""
    turns: int = 0
    tool_calls: int = 0


class LoopSoFar(BaseModel):
    """A loop in a checkpoint."""

    model_config = ConfigDict(frozen=True)

    talk: TalkSoFar
    turns: int
    tool_calls: int
    asked: int
    kept: dict[str, JsonValue] = {}
    usd: Usd
    working_time: timedelta


class Bound(Exception):
    """The loop has come to one of its ceilings."""

    def __init__(self, which: Stopped, reason: str) -> None:
        super().__init__(reason)
        self.which = which


async def bounded_agent_loop(agent: Agent[R], llm: Llm, calls: Calls) -> Finished[R]:
    """Turn after turn until the model gives a result or a ceiling is met. Whatever the model replies, they hold.

    Raises Ended (the run was stopped, or came to a limit of its own, or a person said no for good).
    """
    return await _Loop(agent, llm, calls).run()


class _Loop(Generic[R]):
    def __init__(self, agent: Agent[R], llm: Llm, calls: Calls) -> None:
        self._agent, self._llm, self._calls = agent, llm, calls
        self._progress = llm.progress
        self._turns = self._tool_calls = 0
        self._by = TEMPLATE
        self._usd_before, self._worked_before = self._spent.usd, self._spent.working_time
        self._talk: Talk

    async def run(self) -> Finished[R]:
        progress, agent = self._progress, self._agent
        await self._llm.ready(agent.role)
        request, info = progress.request, workflow.info()
        opening = Opening(
            owner=info.workflow_id,
            process=progress.process.name,
            tenant=request.tenant if request else None,
            prompt=agent.prompt,
            variables={**agent.variables, "tools": self._calls.described()},
            contract=agent.contract.name,
            facts=agent.facts.model_dump(mode="json"),
            scratchpad=agent.scratchpad,
        )
        self._talk = await opened(progress, agent.step, opening)
        for words in agent.pinned:
            self._talk.say(words, pinned=True)
        progress.counts.loops[agent.step] += 1
        key = f"loop {agent.step} {progress.counts.loops[agent.step]}"
        with progress.chain.journal.section(key) as before:
            if before:
                self._go_on_from(Checkpoint.model_validate(before.value))
            try:
                return await self._turn_after_turn(key)
            except Bound as bound:
                return self._finished(None, bound.which, str(bound))

    async def _turn_after_turn(self, key: str) -> Finished[R]:
        while True:
            await self._checkpoint(key)
            self._check_time()
            if self._talk.is_full:
                await self._shorten()
            self._turns += 1
            last = self._is_last
            if last:
                self._talk.say(LAST_TURN)
            filled = await self._llm.fill(self._blank())
            self._by = filled.by
            turn = filled.value
            if filled.by == TEMPLATE:
                raise Bound(Stopped.NO_MODEL, "no model gave a turn that can be used")
            if turn.result is not None:
                return self._finished(turn.result)
            if last:
                self._raise_last()
            await self._act(turn)

    async def _act(self, turn: Turn[R]) -> None:
        """Carry the calls out, as far as the ceiling allows; the model is told of each."""
        left = self._agent.bounds.tool_calls - self._tool_calls
        self._tool_calls += min(len(turn.calls), left)
        await self._calls.observe(turn.calls, self._talk, left)

    @property
    def _is_last(self) -> bool:
        bounds = self._agent.bounds
        return self._turns >= bounds.turns or self._tool_calls >= bounds.tool_calls

    def _raise_last(self) -> NoReturn:
        bounds = self._agent.bounds
        if self._turns >= bounds.turns:
            raise Bound(Stopped.TURNS, f"no result within {bounds.turns} turns")
        raise Bound(Stopped.TOOL_CALLS, f"no result with {bounds.tool_calls} calls of tools")

    def _blank(self) -> Blank[Turn[R]]:
        agent = self._agent
        return Blank(
            step=agent.step,
            summary=f"{agent.summary}, turn {self._turns}",
            prompt=agent.prompt,
            variables={},
            contract=agent.contract,
            facts=agent.facts,
            otherwise=Turn,
            role=agent.role,
            scratchpad=agent.scratchpad,
            max_tokens=agent.max_tokens,
            talk=self._talk,
            allows=self._check_money,
        )

    async def _shorten(self) -> None:
        """Older turns become a summary, by a recorded call of the model."""
        agent = self._agent
        blank = Blank(
            step=f"{agent.step}-summary",
            summary=f"{agent.summary}: summarise older turns",
            prompt="",
            variables={},
            contract=CONVERSATION_SUMMARY,
            facts=NoFacts(),
            otherwise=lambda: Summary(summary=LEFT_OUT),
            role=agent.role,
            max_tokens=SUMMARY_TOKENS,
            talk=self._talk,
            shorten=True,
            allows=self._check_money,
        )
        await self._talk.summarised((await self._llm.fill(blank)).value)

    def _check_money(self, quote: Quote) -> None:
        spent, most = self._spent.usd - self._usd_before, self._agent.bounds.usd
        if spent + quote.usd > most:
            raise Bound(Stopped.MONEY, f"the next call may cost {quote.usd} USD, and of {most} USD {spent} are spent")

    def _check_time(self) -> None:
        if self._spent.working_time - self._worked_before >= self._agent.bounds.working_time:
            raise Bound(Stopped.TIME, f"no result within {self._agent.bounds.working_time} of working time")

    async def _checkpoint(self, key: str) -> None:
        """From here the next run of the chain goes on, and from here it does when this one is long enough."""
        progress, spent = self._progress, self._spent
        state = LoopSoFar(
            talk=self._talk.so_far(),
            turns=self._turns,
            tool_calls=self._tool_calls,
            asked=self._calls.asked,
            kept=self._calls.kept,
            usd=spent.usd - self._usd_before,
            working_time=spent.working_time - self._worked_before,
        )
        left = Checkpoint(counted=progress.counts.so_far(), spent=spent, state=state.model_dump(mode="json"))
        progress.chain.journal.checkpoint(key, Came(value=left.model_dump(mode="json")))
        if progress.chain.should_end():
            await progress.switch.until_stopped(progress.chain.park())

    def _go_on_from(self, before: Checkpoint) -> None:
        state = LoopSoFar.model_validate(before.state)
        self._progress.counts.go_on_from(before.counted)
        self._budget.go_on_from(before.spent)
        self._talk.go_on_from(state.talk)
        self._turns, self._tool_calls, self._calls.asked = state.turns, state.tool_calls, state.asked
        self._calls.kept = dict(state.kept)
        self._usd_before = self._spent.usd - state.usd
        self._worked_before = self._spent.working_time - state.working_time

    @property
    def _budget(self) -> RunBudget:
        assert self._progress.budget, "a run that began before there were budgets has no loop"
        return self._progress.budget

    @property
    def _spent(self) -> Spent:
        return self._budget.spent

    def _finished(self, result: R | None, stopped: Stopped | None = None, reason: str = "") -> Finished[R]:
        return Finished(result, self._by, stopped, reason, self._turns, self._tool_calls)
