"""The sections of a report: which there are, what each is about, and what a model writes of it."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.compliance.rules import CheckKind
from contracts.outputs import NoFacts, OutputContract
from contracts.prose.figures import Statement
from contracts.tools import ReadTool

MOST_ROUNDS = 2
"""How often a section is written anew before code's own takes its place."""

MOST_PARAGRAPHS = 3


class SectionKey(StrEnum):
    """The sections, in the order in which every report has them."""

    SUMMARY = "summary"
    DATA = "data"
    CASH = "cash"
    PARTIES = "parties"
    DOCUMENTS = "documents"
    APPROVALS = "approvals"


TITLES = {
    SectionKey.SUMMARY: "Summary",
    SectionKey.DATA: "Scope and data",
    SectionKey.CASH: "Cash",
    SectionKey.PARTIES: "Counterparties",
    SectionKey.DOCUMENTS: "Documents and refunds",
    SectionKey.APPROVALS: "Approval of payments",
}

TASKS = {
    SectionKey.SUMMARY: "Say what was looked at, how many findings there are, and how they divide among the checks.",
    SectionKey.DATA: "Say which file and period were looked at, and which rows could not be checked.",
    SectionKey.CASH: "Describe the findings about large cash and about structuring.",
    SectionKey.PARTIES: "Describe the findings about the watch list and about countries.",
    SectionKey.DOCUMENTS: "Describe the findings about missing papers, duplicate payments and refunds.",
    SectionKey.APPROVALS: "Describe the findings about payments that were approved by whoever had entered them.",
}

CHECKS_OF = {
    SectionKey.SUMMARY: tuple(CheckKind),
    SectionKey.DATA: (),
    SectionKey.CASH: (CheckKind.LARGE_CASH, CheckKind.STRUCTURING),
    SectionKey.PARTIES: (CheckKind.WATCH_LIST, CheckKind.COUNTRY),
    SectionKey.DOCUMENTS: (CheckKind.MISSING_PAPER, CheckKind.DUPLICATE, CheckKind.REFUND),
    SectionKey.APPROVALS: (CheckKind.SELF_APPROVED,),
}
"""The checks that a section tells of; each check has one besides the summary."""

SectionParagraph = Annotated[str, StringConstraints(min_length=20, max_length=600, strip_whitespace=True)]


class SectionDraft(BaseModel):
    """The words of one section; its title is code's."""

    model_config = ConfigDict(frozen=True)

    paragraphs: tuple[SectionParagraph, ...] = Field(
        min_length=1,
        max_length=MOST_PARAGRAPHS,
        description="two to four sentences each; plain text, no title, no list",
    )


class ReportSection(BaseModel):
    """One section as the report has it."""

    model_config = ConfigDict(frozen=True)

    key: SectionKey
    paragraphs: tuple[str, ...]
    by: str = Field(description="who wrote it: a model's name, or template")
    rounds: int = Field(description="how often it was written anew because a figure or a name was wrong")


class CheckSection(BaseModel):
    """A section's words, and the facts that they are held against."""

    model_config = ConfigDict(frozen=True)

    paragraphs: tuple[str, ...]
    facts: tuple[Statement, ...]


class SectionVerdict(BaseModel):
    """What a section says that no fact says. Nothing: every figure and every name in it is right."""

    model_config = ConfigDict(frozen=True)

    problems: tuple[str, ...]


class SectionsPort:
    """The check of sections; recorded, so that a later change of it does not judge an old run anew."""

    @activity.defn(name="report.check_section")
    async def check_section(self, request: CheckSection) -> SectionVerdict:
        """Hold a section's figures and names against the facts."""
        raise NotImplementedError


CHECK_SECTION = ReadTool(SectionsPort.check_section, at_most=len(SectionKey) * (1 + MOST_ROUNDS))

_MARKUP = re.compile(r"^\s{0,3}(?:#{1,6}\s|[-*•]\s|\d+[.)]\s)|\*\*|__|```|</?\w+>|^\|", re.MULTILINE)


def _check_draft(value: SectionDraft, facts: NoFacts) -> list[str]:
    """Its form; what it says is held against the facts in a step of its own."""
    problems = [
        f'"{found.strip()}" is markup: write plain sentences'
        for found in dict.fromkeys(_MARKUP.findall("\n".join(value.paragraphs)))
    ]
    problems += [
        f'"{one[-40:]}" is cut off: end each paragraph with a full sentence' for one in value.paragraphs if _cut(one)
    ]
    if len(set(value.paragraphs)) < len(value.paragraphs):
        problems.append("a paragraph is there twice")
    return problems


def _cut(paragraph: str) -> bool:
    return not paragraph.rstrip("\"')\u201d\u2019 ").endswith((".", "!", "?"))


SECTION_DRAFT = OutputContract("compliance_report.section", SectionDraft, NoFacts, _check_draft)
