"""ComplianceReport: its input, its result, and who decides what."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.budgets import Limits, Partial, Targets
from contracts.compliance.findings import CHECK_TRANSACTIONS
from contracts.compliance.report import PUBLISH_REPORT, PublishedFile
from contracts.compliance.rules import CheckKind, CheckRules
from contracts.compliance.sections import CHECK_SECTION, SECTION_DRAFT, TITLES, SectionKey
from contracts.crm import Line
from contracts.files import FilePath
from contracts.money import Usd
from contracts.policies import GatePolicy, Stage
from contracts.processes import Decider, Label, Process, ProcessInput, Step


class ComplianceRequest(ProcessInput):
    """Check a period's transactions, and publish the report that two people have signed."""

    report_id: Label = Field(description="tells this report from others, such as 2026-q3", examples=["2026-q3"])
    company: Line = Field(description="whose transactions they are", examples=["Nordlicht Handel GmbH"])
    transactions: FilePath = Field(
        description="a CSV file below SIGNOFF_FILES, or one of the samples",
        examples=["compliance-report/transactions.csv"],
    )
    starts: date = Field(description="first day of the period", examples=["2026-07-01"])
    ends: date = Field(description="last day of the period", examples=["2026-09-30"])
    rules: CheckRules = Field(default=CheckRules(), description="the figures that the checks go by")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends < self.starts:
            raise ValueError(f"the period ends on {self.ends}, before it starts on {self.starts}")
        return self


class ComplianceOutcome(StrEnum):
    """How it ended."""

    PUBLISHED = "published"
    ALREADY_PUBLISHED = "already_published"
    """This business action had published another text before; nothing was published now, and `files` are the first."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    STOPPED = "stopped"


class ComplianceResult(BaseModel):
    """What came of it; partial when the run was stopped."""

    model_config = ConfigDict(frozen=True)

    outcome: ComplianceOutcome = Field(description="how it ended")
    report_id: Label = Field(description="the report")
    reason: str | None = Field(default=None, description="why it ended without publishing")
    input_sha256: str | None = Field(default=None, description="of the file of transactions, as it was checked")
    findings: dict[CheckKind, int] | None = Field(
        default=None, description="how many of each kind; every check is here"
    )
    not_checked: int | None = Field(default=None, description="rows of the file that were not checked")
    written_by: dict[SectionKey, str] = Field(default={}, description="who wrote each section: a model, or template")
    prepared_by: str | None = Field(default=None, description="who signed first")
    approved_by: str | None = Field(default=None, description="who signed second, somebody else")
    folder: str | None = Field(default=None, description="where the report stands, below SIGNOFF_REPORTS")
    files: tuple[PublishedFile, ...] = Field(default=(), description="with the SHA-256 of each")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


TWO_SIGN = GatePolicy(
    deadline=timedelta(days=5),
    remind_after=timedelta(days=1),
    remind_every=timedelta(days=1),
    stages=(Stage(), Stage()),
    at_least=2,
)
"""First whoever prepared it, then somebody else. Who may be either is for the settings to say (docs/gates.md); no
settings make it fewer."""

COMPLIANCE_REPORT = Process(
    name="compliance-report",
    workflow_type="ComplianceReport",
    does="Check a period's transactions, and publish the report that two people have signed.",
    input=ComplianceRequest,
    result=ComplianceResult,
    business_key=lambda request: request.report_id,
    steps=(
        Step("check-transactions", Decider.CODE, "read the file, make all eight checks", CHECK_TRANSACTIONS),
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        *(
            Step(f"draft-{key}", Decider.MODEL_FILLS, f"write the section “{TITLES[key]}”; else a template")
            for key in SectionKey
        ),
        Step("check-section", Decider.CODE, "hold each figure and name of a section against the facts", CHECK_SECTION),
        Step("sign-report", Decider.PERSON, "sign as preparer, then as approver; silence is a no", gate=TWO_SIGN),
        Step("publish-report", Decider.CODE, "publish exactly what was signed, once", PUBLISH_REPORT),
        Step("publish-report-outcome", Decider.PERSON, "say whether it was published, where nobody can look it up"),
    ),
    outputs=(SECTION_DRAFT,),
    # Six sections, each written up to three times: a small model on a busy machine takes its time.
    limits=Limits(steps=60, tool_calls=25, working_time=timedelta(minutes=20)),
    targets=Targets(usd=Decimal("0.50"), working_time=timedelta(minutes=3)),
)
