"""Research: answer a question from a library, with quotations that stand in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio import workflow

from contracts.budgets import Spent
from contracts.citations import CitedStatement, Claim, Dropped, Quoted, sorted_out
from contracts.library import Passage
from contracts.llm import Role
from contracts.notes import Note
from contracts.outputs import NoFacts
from contracts.research import (
    JUDGEMENT,
    MOST_INQUIRIES,
    PLAN,
    RESEARCH,
    SYNTHESIS,
    Inquiry,
    InquiryRequest,
    InquiryResult,
    Judgement,
    ResearchOutcome,
    ResearchPlan,
    ResearchRequest,
    ResearchResult,
    Shown,
    Synthesis,
)
from contracts.research_report import report_of
from workflows.patterns.evaluator_optimizer import Improved, Score, improve
from workflows.patterns.orchestrator_workers import Team, delegate
from workflows.patterns.plan_then_execute import plan_then_carry_out
from workflows.research_inquiry import ResearchInquiry, numbered
from workflows.steps.blanks import TEMPLATE, Blank, Filled
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

GIVEN = "given"
"""Who made the plan, when the request brought it."""

MOST_SHOWN = 20
"""Passages that a writer sees."""

GOOD_ENOUGH = 0.85
LEAST_GAIN = 0.02


@dataclass(frozen=True)
class Answer:
    """What a writer wrote, and what of it holds."""

    claims: tuple[Claim, ...]
    unanswered: str
    by: str
    kept: tuple[CitedStatement, ...]
    dropped: tuple[Dropped, ...]

    @property
    def held(self) -> float:
        """The share of its sentences that hold."""
        return len(self.kept) / len(self.claims)


@workflow.defn(name=RESEARCH.workflow_type)
class Research(TakesMessages):
    """Answer one question from the library."""

    def __init__(self) -> None:
        self.progress = Progress(RESEARCH)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, request: ResearchRequest) -> ResearchResult:
        """The story, and how it ends when a person says no, nobody answers, or somebody stops it."""
        self.known = ResearchResult(outcome=ResearchOutcome.STOPPED, question=request.question)
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: ResearchRequest) -> ResearchResult:
        inquiries = await self._looked_into(request)
        passages = shown(inquiries)
        if not passages:
            reason = "; ".join(("no document answers it", *self.known.failed))
            return self._result(ResearchOutcome.NOTHING_FOUND, reason=reason)
        first = self._checked(await self.llm.fill(write_answer(request, inquiries, passages)), passages)
        if first.by == TEMPLATE:  # code's list of quotations is nothing that a judge could better
            return self._answered(first)
        improved = await self._improved(request, first, passages)
        self._learn(score=improved.score.value, rounds=improved.rounds)
        best = improved.best
        return self._answered(
            best if best.kept else self._checked(Filled(quoted(inquiries, passages), TEMPLATE), passages)
        )

    async def _looked_into(self, request: ResearchRequest) -> tuple[InquiryResult, ...]:
        """A worker for each step of the plan, and no other. Raises Ended (a person says no, or nobody answers)."""

        async def make(problem: str | None, before: Sequence[InquiryResult]) -> ResearchPlan:
            plan = await self.llm.fill(make_plan(request))
            self._learn(planned_by=plan.by)
            return plan.value

        async def carry_out(plan: ResearchPlan, before: Sequence[InquiryResult], results: list[InquiryResult]) -> None:
            self._learn(plan=plan)
            results += await self._workers(request, plan)

        self._learn(planned_by=GIVEN if request.plan else None)
        done = await plan_then_carry_out(
            self.gates,
            make,
            lambda plan: None,  # its type refuses what can never be right
            carry_out,
            given=request.plan,
            review=review_plan if request.review and request.plan is None else None,
            replans=0,
        )
        self._learn(approved_by=done.approved_by, inquiries=done.results)
        return done.results

    async def _workers(self, request: ResearchRequest, plan: ResearchPlan) -> list[InquiryResult]:
        assert self.progress.budget
        # At most half of the money is under way with workers, whatever the budget: the rest is the writer's.
        share = Spent(usd=self.progress.budget.limits.usd / (2 * MOST_INQUIRIES), model_calls=6, tool_calls=2, steps=6)
        team = Team(share, at_most=MOST_INQUIRIES, at_once=3, may_fail=len(plan.steps) - 1)
        tasks = {
            str(number): InquiryRequest(question=request.question, inquiry=step)
            for number, step in enumerate(plan.steps, 1)
        }
        came = await delegate(self.progress, "inquiries", ResearchInquiry.run, tasks, team)
        self._learn(failed=tuple(f"step {number}: {why}" for number, why in came.failed.items()))
        return list(came.done.values())

    async def _improved(self, request: ResearchRequest, first: Answer, passages: Sequence[Passage]) -> Improved[Answer]:
        async def judge(answer: Answer) -> Score:
            said = await self.llm.fill(judge_answer(request, answer))
            self._learn(judged_by=None if said.by == TEMPLATE else said.by)
            lost = tuple(f"This sentence was left out, since {one.why}: {one.text}" for one in answer.dropped)
            return Score(said.value.score * answer.held, (*said.value.problems, *lost))

        async def better(answer: Answer, score: Score) -> Answer:
            written = await self.llm.fill(improve_answer(request, answer, score, passages))
            return answer if written.by == TEMPLATE else self._checked(written, passages)

        return await improve(
            first, judge, better, good_enough=GOOD_ENOUGH, rounds=request.rounds, least_gain=LEAST_GAIN
        )

    def _checked(self, written: Filled[Synthesis], passages: Sequence[Passage]) -> Answer:
        """What of it holds: each quotation is looked up by code, whoever wrote it."""
        with self.progress.step("check-quotations"):
            kept, dropped = sorted_out(written.value.claims, passages)
            for one in dropped:
                text = f"{one.text}: {one.why}"[:1000]
                self.progress.note(Note(at=workflow.now(), step="check-quotations", outcome="dropped", text=text))
        return Answer(written.value.claims, written.value.unanswered, written.by, kept, dropped)

    def _answered(self, answer: Answer) -> ResearchResult:
        self._learn(statements=answer.kept, dropped=answer.dropped, unanswered=answer.unanswered, written_by=answer.by)
        if not answer.kept:
            return self._result(ResearchOutcome.NOTHING_FOUND, reason="no sentence of the answer held")
        outcome = ResearchOutcome.QUOTED if answer.by == TEMPLATE else ResearchOutcome.ANSWERED
        return self._result(outcome, report=report_of(self.known, by_code=answer.by == TEMPLATE))

    def _learn(self, **facts: object) -> None:
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: ResearchOutcome, **facts: object) -> ResearchResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> ResearchResult:
        return self._result(ResearchOutcome(end.how), reason=end.reason, partial=self.progress.partial(end))


def make_plan(request: ResearchRequest) -> Blank[ResearchPlan]:
    """Take the question apart. Where no reply fits, the question itself is the plan."""
    return Blank(
        step="plan",
        summary="Plan what to look into",
        prompt="research/plan",
        variables={"question": request.question},
        contract=PLAN,
        facts=NoFacts(),
        otherwise=lambda: ResearchPlan(steps=(Inquiry(question=request.question[:300]),)),
        scratchpad=True,
        max_tokens=800,
    )


def review_plan(plan: ResearchPlan) -> Review[ResearchPlan]:
    """All of it can be edited; what is approved is what is done."""
    return Review("review-plan", f"Look into these {len(plan.steps)} questions?", plan, editable=("steps",))


def shown(inquiries: Sequence[InquiryResult]) -> tuple[Passage, ...]:
    """The passages that workers quoted from, each once, one worker's after another's turn."""
    longest = max((len(one.passages) for one in inquiries), default=0)
    turns = (one.passages[turn] for turn in range(longest) for one in inquiries if turn < len(one.passages))
    return tuple(dict.fromkeys(turns))[:MOST_SHOWN]


def quoted(inquiries: Sequence[InquiryResult], passages: Sequence[Passage]) -> Synthesis:
    """The workers' quotations as they stand, for an answer that no model wrote."""
    places = {(one.file, one.start, one.end): number for number, one in enumerate(passages, 1)}
    claims = []
    for citation in dict.fromkeys(citation for one in inquiries for citation in one.citations):
        for (file, start, end), number in places.items():
            if file == citation.file and start <= citation.start and citation.end <= end:
                quote = Quoted(number=number, quote=citation.quote)
                claims.append(Claim(text=" ".join(citation.quote.split()), quotes=(quote,)))
                break
    return Synthesis(claims=tuple(claims[:12]))


def write_answer(
    request: ResearchRequest, inquiries: Sequence[InquiryResult], passages: Sequence[Passage]
) -> Blank[Synthesis]:
    """Write sentences with quotations. Where no reply fits, code lists what the workers quoted."""
    looked = "\n".join(f"- {one.inquiry.question} {one.missing and f'Not said: {one.missing}'}" for one in inquiries)
    return Blank(
        step="write-answer",
        summary="Write the answer",
        prompt="research/write_answer",
        variables={"question": request.question, "inquiries": looked, "passages": numbered(passages)},
        contract=SYNTHESIS,
        facts=Shown(passages=tuple(passages)),
        otherwise=lambda: quoted(inquiries, passages),
        scratchpad=True,
        max_tokens=3000,
    )


def judge_answer(request: ResearchRequest, answer: Answer) -> Blank[Judgement]:
    """Judge it by its sentences and quotations. Where no reply fits it is left as it is."""
    return Blank(
        step="judge-answer",
        summary="Judge the answer",
        prompt="research/judge_answer",
        variables={"question": request.question, "answer": in_words(answer), "unanswered": answer.unanswered or "none"},
        contract=JUDGEMENT,
        facts=NoFacts(),
        otherwise=lambda: Judgement(score=1),
        role=Role.STRONG,
    )


def improve_answer(
    request: ResearchRequest, answer: Answer, score: Score, passages: Sequence[Passage]
) -> Blank[Synthesis]:
    """Write it anew with the judge's words in sight."""
    return Blank(
        step="improve-answer",
        summary="Improve the answer",
        prompt="research/improve_answer",
        variables={
            "question": request.question,
            "answer": in_words(answer),
            "problems": "\n".join(f"- {one}" for one in score.problems) or "none",
            "passages": numbered(passages),
        },
        contract=SYNTHESIS,
        facts=Shown(passages=tuple(passages)),
        otherwise=lambda: Synthesis(claims=answer.claims, unanswered=answer.unanswered),
        scratchpad=True,
        max_tokens=3000,
    )


def in_words(answer: Answer) -> str:
    """As judges and writers read it: what holds, with its quotations."""
    lines = []
    for one in answer.kept:
        quotes = "; ".join(f"“{' '.join(cited.quote.split())}” ({cited.file})" for cited in one.citations)
        lines.append(f"- {one.text} [{quotes}]")
    return "\n".join(lines) or "nothing that holds"
