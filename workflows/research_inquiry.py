"""ResearchInquiry: one worker of a research, a child workflow. It searches, and quotes what answers its question."""

import re
from collections.abc import Sequence

from temporalio import workflow

from contracts.citations import Citation, Quoted, cited, holds_link
from contracts.delegation import Report, Task
from contracts.library import SEARCH_LIBRARY, Passage, SearchLibrary
from contracts.notes import Note
from contracts.research import EXCERPTS, RESEARCH, Excerpts, Inquiry, InquiryRequest, InquiryResult, Shown
from workflows.steps.blanks import Blank, Filled
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

BY_CODE = 2
"""So many sentences code takes where no model's choice can be used, each from a passage of its own."""


@workflow.defn(name="ResearchInquiry")
class ResearchInquiry(TakesMessages):
    """Look into one step of a plan, within a share of its parent's budget."""

    def __init__(self) -> None:
        self.progress = Progress(RESEARCH)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, task: Task[InquiryRequest]) -> Report[InquiryResult]:
        """What it found, and what it spent, also where it ended early."""
        inquiry = task.request.inquiry

        def ended(end: Ended) -> InquiryResult:
            return InquiryResult(inquiry=inquiry, reason=f"{end.how}: {end.reason}")

        result = await self.progress.tell(task.request, self._story(task.request), ended, task.account)
        assert self.progress.budget
        return Report(result=result, spent=self.progress.budget.spent)

    async def _story(self, request: InquiryRequest) -> InquiryResult:
        inquiry = request.inquiry
        found = await self.tools.use("search", SEARCH_LIBRARY, searched(inquiry), f"Search: {inquiry.question}"[:200])
        if not found.passages:
            return InquiryResult(inquiry=inquiry)
        picked = await self.llm.fill(pick_excerpts(inquiry, found.passages))
        return self._checked(inquiry, found.passages, picked)

    def _checked(self, inquiry: Inquiry, passages: Sequence[Passage], picked: Filled[Excerpts]) -> InquiryResult:
        """Only what stands in its passage goes on."""
        with self.progress.step("check-quotations"):
            found = [citation for one in picked.value.excerpts if (citation := cited(one, passages))]
            if lost := len(picked.value.excerpts) - len(found):
                text = f"{lost} of {len(picked.value.excerpts)} stand in no passage"
                self.progress.note(Note(at=workflow.now(), step="check-quotations", outcome="dropped", text=text))
        return InquiryResult(
            inquiry=inquiry,
            citations=tuple(found),
            passages=tuple(one for one in passages if any(_holds(one, citation) for citation in found)),
            by=picked.by,
            missing=picked.value.missing,
            dropped=lost,
        )


def _holds(passage: Passage, citation: Citation) -> bool:
    return passage.file == citation.file and passage.start <= citation.start and citation.end <= passage.end


def searched(inquiry: Inquiry) -> SearchLibrary:
    """What the library is asked."""
    return SearchLibrary(
        query=f"{inquiry.question} {inquiry.words}".strip()[:500],
        **inquiry.model_dump(include={"topic", "audience", "language", "since"}),
    )


def pick_excerpts(inquiry: Inquiry, passages: Sequence[Passage]) -> Blank[Excerpts]:
    """Quote what answers the question. Where no reply fits, code takes the sentences nearest to it."""
    return Blank(
        step="pick-excerpts",
        summary=f"Quote what answers: {inquiry.question}"[:200],
        prompt="research/pick_excerpts",
        variables={"question": inquiry.question, "passages": numbered(passages)},
        contract=EXCERPTS,
        facts=Shown(passages=tuple(passages)),
        otherwise=lambda: nearest(inquiry, passages),
        max_tokens=1200,
    )


def numbered(passages: Sequence[Passage]) -> str:
    """As models read them. Brackets of a passage's own do not begin another one."""
    shown = []
    for number, one in enumerate(passages, 1):
        dated = f", {one.dated}" if one.dated else ""
        text = re.sub(r"^\[", "(", one.text, flags=re.MULTILINE)
        shown.append(f"[{number}] {one.title} ({one.file}{dated}), under: {one.heading}\n{text}")
    return "\n\n".join(shown)


def nearest(inquiry: Inquiry, passages: Sequence[Passage]) -> Excerpts:
    """Of the best passages, each one's sentence with the most words of the question."""
    wanted = set(re.findall(r"\w{3,}", f"{inquiry.question} {inquiry.words}".lower()))
    shown = Shown(passages=tuple(passages)).passages
    picked = []
    for number, one in enumerate(shown, 1):
        for sentence in sorted(_sentences(one.text), key=lambda text: -len(wanted & _words(text))):
            quoted = Quoted.model_construct(number=number, quote=sentence)
            if 12 <= len(sentence) <= 400 and not holds_link(sentence) and cited(quoted, shown):
                picked.append(Quoted(number=number, quote=sentence))
                break
    return Excerpts(excerpts=tuple(picked[:BY_CODE]))


def _sentences(text: str) -> list[str]:
    lines = [line for line in text.split("\n\n") if not line.startswith(("#", "```", "|"))]
    return [part.strip() for line in lines for part in re.split(r"(?<=[.!?])\s+", line)]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.lower()))
