"""ComplianceReport: code checks a period's transactions, models put it into words, two people sign it."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio import workflow

from contracts.compliance.facts import for_a_model, statements_of, template
from contracts.compliance.findings import CHECK_TRANSACTIONS, CheckedTransactions, CheckTransactions
from contracts.compliance.report import PUBLISH_REPORT, SignedReport
from contracts.compliance.sections import (
    CHECK_SECTION,
    MOST_ROUNDS,
    SECTION_DRAFT,
    TASKS,
    TITLES,
    CheckSection,
    ReportSection,
    SectionDraft,
    SectionKey,
)
from contracts.compliance_report import (
    COMPLIANCE_REPORT,
    ComplianceOutcome,
    ComplianceRequest,
    ComplianceResult,
)
from contracts.notes import Note
from contracts.outputs import NoFacts
from contracts.prose.figures import Statement
from contracts.tools import Outcome
from workflows.patterns.evaluator_optimizer import Score, improve
from workflows.steps.blanks import TEMPLATE, Blank, Filled
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

RIGHT = 1.0
"""Score of a section in which no figure and no name is wrong."""


@workflow.defn(name=COMPLIANCE_REPORT.workflow_type)
class ComplianceReport(TakesMessages):
    """Check a period's transactions, and publish the report that two people have signed."""

    def __init__(self) -> None:
        self.progress = Progress(COMPLIANCE_REPORT)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)
        self.known = ComplianceResult(outcome=ComplianceOutcome.STOPPED, report_id="unknown")

    @workflow.run
    async def run(self, request: ComplianceRequest) -> ComplianceResult:
        """The story, and how it ends when a person says no, nobody signs, or somebody stops it."""
        self.known = self.known.model_copy(update={"report_id": request.report_id})
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: ComplianceRequest) -> ComplianceResult:
        wanted = CheckTransactions(
            path=request.transactions, starts=request.starts, ends=request.ends, rules=request.rules
        )
        checked = await self.tools.use("check-transactions", CHECK_TRANSACTIONS, wanted, "Check the transactions")
        self._learn(
            input_sha256=checked.file.sha256,
            findings={record.check: record.findings for record in checked.checks},
            not_checked=checked.counts.rows - checked.counts.checked,
        )
        sections = [await self._section(key, request, checked) for key in SectionKey]
        approved = await self.gates.approve(sign_report(self._report(request, checked, sections)))
        prepared_by, *_ = (*approved.approval.others, approved.approval.by)
        self._learn(prepared_by=prepared_by, approved_by=approved.approval.by)
        receipt = await self.tools.use("publish-report", PUBLISH_REPORT, approved, "Publish the signed report")
        self._learn(folder=receipt.result.folder, files=receipt.result.files)
        if receipt.outcome is Outcome.CONFLICT:
            reason = f"{self.progress.action} had published another text before; nothing was published now"
            # Who signed now did not sign what stands there.
            self._learn(prepared_by=None, approved_by=None, written_by={})
            return self._result(ComplianceOutcome.ALREADY_PUBLISHED, reason=reason)
        return self._result(ComplianceOutcome.PUBLISHED)

    async def _section(
        self, key: SectionKey, request: ComplianceRequest, checked: CheckedTransactions
    ) -> ReportSection:
        """Written by a model, held against the facts, written anew; where it stays wrong, code writes it."""
        facts = statements_of(key, checked, request.rules, request.company, (request.starts, request.ends))
        otherwise = template(key, facts)
        blank = draft_section(key, facts, otherwise)

        async def judge(draft: Filled[SectionDraft]) -> Score:
            if draft.by == TEMPLATE:
                return Score(RIGHT)
            asked = CheckSection(paragraphs=draft.value.paragraphs, facts=facts)
            verdict = await self.tools.use("check-section", CHECK_SECTION, asked, f"Check “{TITLES[key]}”")
            return Score(RIGHT - len(verdict.problems) / 10, verdict.problems)

        async def better(draft: Filled[SectionDraft], score: Score) -> Filled[SectionDraft]:
            return await self.llm.fill(write_anew(blank, draft.value, score.problems))

        came = await improve(await self.llm.fill(blank), judge, better, good_enough=RIGHT, rounds=MOST_ROUNDS)
        best = came.best
        if came.score.value < RIGHT:
            why = f"took the place of {best.by}'s: {'; '.join(came.score.problems)}"[:1000]
            self.progress.note(Note(at=workflow.now(), step=f"draft-{key}", outcome=TEMPLATE, text=why))
            best = Filled(otherwise, TEMPLATE)
        self._learn(written_by={**self.known.written_by, key: best.by})
        return ReportSection(key=key, paragraphs=best.value.paragraphs, by=best.by, rounds=came.rounds)

    def _report(
        self, request: ComplianceRequest, checked: CheckedTransactions, sections: Sequence[ReportSection]
    ) -> SignedReport:
        return SignedReport(
            report_id=request.report_id,
            occasion=self.progress.action.rpartition("/")[2],
            company=request.company,
            starts=request.starts,
            ends=request.ends,
            prepared_at=workflow.now(),
            rules=request.rules,
            file=checked.file,
            counts=checked.counts,
            checks=checked.checks,
            findings=checked.findings,
            not_checked=checked.not_checked,
            sections=tuple(sections),
        )

    def _learn(self, **facts: object) -> None:
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: ComplianceOutcome, **facts: object) -> ComplianceResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> ComplianceResult:
        return self._result(ComplianceOutcome(end.how), reason=end.reason, partial=self.progress.partial(end))


def draft_section(key: SectionKey, facts: Sequence[Statement], otherwise: SectionDraft) -> Blank[SectionDraft]:
    """Write one section from its facts."""
    return Blank(
        step=f"draft-{key}",
        summary=f"Write the section “{TITLES[key]}”",
        prompt="compliance_report/section",
        variables={"title": TITLES[key], "task": TASKS[key], "facts": for_a_model(facts)},
        contract=SECTION_DRAFT,
        facts=NoFacts(),
        otherwise=lambda: otherwise,
        max_tokens=600,
    )


def write_anew(blank: Blank[SectionDraft], before: SectionDraft, problems: Sequence[str]) -> Blank[SectionDraft]:
    """The same, with what was written before and what is wrong about it."""
    earlier, wrong = "\n\n".join(before.paragraphs), "\n".join(f"- {problem}" for problem in problems)
    return replace(
        blank,
        summary=f"{blank.summary} anew",
        prompt="compliance_report/redraft",
        variables={**blank.variables, "earlier": earlier, "wrong": wrong},
    )


def sign_report(report: SignedReport) -> Review[SignedReport]:
    """All of it. Nothing can be edited: its figures were held against the facts, and stay so."""
    found = len(report.findings)
    return Review(
        gate="sign-report",
        question=f"Sign and publish {report.report_id} of {report.company[:80]}, with {found} findings? "
        "The preparer signs first, then somebody else",
        subject=report,
    )
