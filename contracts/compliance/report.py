"""The report itself: what two people sign, and what is published."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.compliance.findings import AuditFinding, CheckRecord, InputFile, NamedRow, RowCounts
from contracts.compliance.rules import CheckRules
from contracts.compliance.sections import ReportSection
from contracts.crm import Line
from contracts.processes import Label
from contracts.tools import Act, Consent, IrreversibleTool, Receipt


class SignedReport(BaseModel):
    """All that the report says, but for the signatures. Whoever approves it signs its digest."""

    model_config = ConfigDict(frozen=True)

    report_id: Label
    occasion: Label
    company: Line
    starts: date
    ends: date
    prepared_at: datetime = Field(description="when its text was finished")
    rules: CheckRules
    file: InputFile
    counts: RowCounts
    checks: tuple[CheckRecord, ...]
    findings: tuple[AuditFinding, ...]
    not_checked: tuple[NamedRow, ...]
    sections: tuple[ReportSection, ...]


class PublishedFile(BaseModel):
    """One file of a published report."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str = Field(description="of its bytes, in hexadecimal")
    bytes: int


class PublishedReport(BaseModel):
    """Where a report stands, and what each of its files is."""

    model_config = ConfigDict(frozen=True)

    folder: str = Field(description="below the folder of the settings")
    files: tuple[PublishedFile, ...]


class ReportsPort:
    """The way out for reports."""

    @activity.defn(name="report.publish")
    async def publish(self, act: Act[SignedReport]) -> Receipt[PublishedReport]:
        """Publish a report as HTML and PDF with its audit log, once.

        Raises NotApproved, OutcomeUnknown, ToolUnavailable (nothing was published), ToolFailed (the transactions are
        not those that were checked, or the place is taken).
        """
        raise NotImplementedError


PUBLISH_REPORT = IrreversibleTool(ReportsPort.publish, at_most=1, consent=Consent.PERSON)
