"""Reports of the samples, and a model that writes their sections as a good writer would."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from activities.tools.transactions import checked_again
from contracts.compliance.facts import statements_of, template
from contracts.compliance.findings import CheckedTransactions, CheckTransactions
from contracts.compliance.report import SignedReport
from contracts.compliance.sections import ReportSection, SectionKey
from contracts.compliance_report import ComplianceRequest, ComplianceResult
from contracts.gates import Approval, digest_of
from contracts.prose.figures import Statement
from contracts.tools import Act
from runtime.settings import SAMPLES
from tests.support.world import World

Handle = WorkflowHandle[Any, ComplianceResult]
INPUTS = sorted((SAMPLES / "compliance-report").glob("*.json"))
PLAIN, QUIET = INPUTS[0], INPUTS[1]

SECTIONS: dict[SectionKey, list[str]] = {
    SectionKey(key): paragraphs
    for key, paragraphs in json.loads(Path(__file__).with_name("sections.json").read_text(encoding="utf-8")).items()
}
"""About the plain sample; right in every figure, in many ways of writing them."""


def script(sections: dict[SectionKey, list[str]] = SECTIONS) -> dict[str, Any]:
    """What a model says that writes these."""
    return {f"draft-{key}": [{"paragraphs": paragraphs}] for key, paragraphs in sections.items()}


@cache
def checked(path: Path) -> tuple[ComplianceRequest, CheckedTransactions]:
    """A sample's input, and what the checks find."""
    request = ComplianceRequest.model_validate_json(path.read_bytes())
    return request, checked_again((SAMPLES,), wanted(request))


def wanted(request: ComplianceRequest) -> CheckTransactions:
    """What a run asks for first."""
    return CheckTransactions(path=request.transactions, starts=request.starts, ends=request.ends, rules=request.rules)


def facts(section: SectionKey, request: ComplianceRequest, found: CheckedTransactions) -> tuple[Statement, ...]:
    """What a section is held against."""
    return statements_of(section, found, request.rules, request.company, (request.starts, request.ends))


def read_input(path: Path) -> dict[str, Any]:
    """A sample's input, for an occasion of its own."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found | {"occasion": "today"}


async def start(world: World, path: Path = QUIET, **changes: Any) -> Handle:
    """A run whose clock stands still while nothing happens."""
    request = read_input(path) | changes
    return await world.begin("ComplianceReport", request, request["report_id"], ComplianceResult)


def published(world: World, result: ComplianceResult) -> Path:
    """The folder of a published report."""
    assert result.folder
    return world.settings.reports / result.folder


AT = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)


def report_of(path: Path = QUIET, **changes: Any) -> SignedReport:
    """A sample's report, every section of it code's own."""
    request, found = checked(path)
    sections = (
        ReportSection(key=key, paragraphs=template(key, facts(key, request, found)).paragraphs, by="template", rounds=0)
        for key in SectionKey
    )
    report = SignedReport(
        occasion="today",
        prepared_at=AT - timedelta(hours=1),
        sections=tuple(sections),
        **{name: getattr(request, name) for name in ("report_id", "company", "starts", "ends", "rules")},
        **{name: getattr(found, name) for name in ("file", "counts", "checks", "findings", "not_checked")},
    )
    return report.model_copy(update=changes)


def act_of(report: SignedReport) -> Act[SignedReport]:
    """To publish it, signed by two."""
    digest = digest_of(report)
    approval = Approval(
        request="run", gate="sign-report", digest=digest, by="bob", at=AT, others=("ann",), others_at=(AT,)
    )
    return Act(key="compliance-report/2026-10/today/publish-report", digest=digest, argument=report, approval=approval)
