"""A report as a document: what stands on its pages, in order, whatever they are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.compliance.facts import spoken_day
from contracts.compliance.findings import AuditFinding
from contracts.compliance.report import SignedReport
from contracts.compliance.rules import CHECKS
from contracts.compliance.sections import TITLES
from contracts.gates import Approval
from contracts.money import in_words


@dataclass(frozen=True)
class Heading:
    """A title within the document; a part begins on a page of its own."""

    text: str
    is_part: bool = False


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Fields:
    """Labels and their values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table. `widths`: shares of the page's width."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


Block = Heading | Words | Fields | Grid


@dataclass(frozen=True)
class Document:
    """All of it. `at`: when the last signature was given; nothing in a document depends on when it is written."""

    title: str
    name: str
    digest: str
    at: datetime
    blocks: tuple[Block, ...]


def document_of(report: SignedReport, approval: Approval) -> Document:
    """The report with its signatures."""
    blocks = (
        *_title_page(report, approval),
        *_sections(report),
        *_table(report),
        *_evidence(report),
        *_method(report),
        *_rows(report),
        *_signatures(report, approval),
    )
    return Document(
        title=f"Compliance report {report.report_id}",
        name=f"{report.company}: {report.report_id}, {report.occasion}",
        digest=approval.digest,
        at=approval.at.astimezone(UTC),
        blocks=blocks,
    )


def signatures_of(approval: Approval) -> tuple[tuple[str, str, datetime | None], ...]:
    """(as what, who, when) of each signature, in order. A time that the approval does not hold is None."""
    times: list[datetime | None] = [*approval.others_at, *[None] * len(approval.others)][: len(approval.others)]
    before = (("prepared by", who, at) for who, at in zip(approval.others, times, strict=True))
    return (*before, ("approved by", approval.by, approval.at))


def spoken_time(moment: datetime) -> str:
    """`3 July 2026, 14:05:09 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{spoken_day(utc.date())}, {utc:%H:%M:%S} UTC"


def _title_page(report: SignedReport, approval: Approval) -> Iterator[Block]:
    counts = report.counts
    yield Fields(
        (
            ("Company", report.company),
            ("Report", f"{report.report_id}, {report.occasion}"),
            ("Period", f"{spoken_day(report.starts)} to {spoken_day(report.ends)} (days of {report.rules.timezone})"),
            ("Currency", report.rules.currency),
            ("Transactions checked", f"{counts.checked:,} of {counts.rows:,} rows"),
            ("Checks made", f"{len(report.checks)} of {len(CHECKS)}"),
            ("Findings", f"{len(report.findings):,}"),
            ("File", f"{report.file.path} ({report.file.bytes:,} bytes)"),
            ("SHA-256 of the file", report.file.sha256),
            ("Text finished", spoken_time(report.prepared_at)),
            *((what.capitalize(), _who_when(who, at)) for what, who, at in signatures_of(approval)),
            ("Digest that was signed", approval.digest),
        )
    )


def _sections(report: SignedReport) -> Iterator[Block]:
    for number, section in enumerate(report.sections, start=1):
        yield Heading(f"{number} {TITLES[section.key]}", is_part=number == 1)
        for paragraph in section.paragraphs:
            yield Words(paragraph)


def _table(report: SignedReport) -> Iterator[Block]:
    yield Heading("Table of findings", is_part=True)
    if not report.findings:
        yield Words("There are no findings.")
        return
    yield Grid(
        ("No.", "Check", "Whom it is about", "What was found", "Transactions", f"Total ({report.rules.currency})"),
        tuple(_finding_row(one, report) for one in report.findings),
        (8, 16, 24, 26, 14, 14),
    )


def _finding_row(finding: AuditFinding, report: SignedReport) -> tuple[str, ...]:
    total = in_words(finding.total, report.rules.currency).partition(" ")[2]
    ids = ", ".join(row.id for row in finding.evidence[:3])
    more = f" and {finding.transactions - 3} more" if finding.transactions > 3 else ""
    return finding.name, CHECKS[finding.check].title, finding.party, finding.what, f"{ids}{more}", total


def _evidence(report: SignedReport) -> Iterator[Block]:
    if report.findings:
        yield Heading("Evidence", is_part=True)
    for finding in report.findings:
        yield Heading(f"{finding.name} {CHECKS[finding.check].title}: {finding.party}")
        total = in_words(finding.total, report.rules.currency)
        shown = f"; the first {len(finding.evidence)} are shown" if finding.transactions > len(finding.evidence) else ""
        yield Words(
            f"{finding.what[:1].upper()}{finding.what[1:]}. Transactions: {finding.transactions:,}, {total}{shown}."
        )
        yield Grid(
            ("Transaction", "Line", "Day", "Amount", f"In {report.rules.currency}", "Customer, counterparty"),
            tuple(
                (
                    row.id + (f" ({row.note})" if row.note else ""),
                    f"{row.line:,}",
                    row.day.isoformat(),
                    in_words(row.amount, row.currency),
                    in_words(row.worth, report.rules.currency).partition(" ")[2],
                    ", ".join(filter(None, (row.customer, row.counterparty))),
                )
                for row in finding.evidence
            ),
            (20, 8, 13, 19, 14, 28),
        )


def _method(report: SignedReport) -> Iterator[Block]:
    yield Heading("Method", is_part=True)
    yield Words(
        "A program read every row of the file and made each of the checks below on every transaction that its rule can "
        "apply to. No check was left out, and no check depends on a model. Models wrote the sections' words; each "
        "figure and each name in them was held against the findings, and a section that did not hold was written by "
        "the program."
    )
    yield Grid(
        ("Check", "Rule", "Looked at", "Findings"),
        tuple(
            (CHECKS[one.check].title, CHECKS[one.check].rule(report.rules), f"{one.looked_at:,}", f"{one.findings:,}")
            for one in report.checks
        ),
        (18, 56, 13, 13),
    )
    if report.rules.rates:
        worth = ", ".join(
            f"1 {code} = {rate} {report.rules.currency}" for code, rate in sorted(report.rules.rates.items())
        )
        yield Words(f"Other currencies were converted at these rates: {worth}.")
    written = tuple((TITLES[one.key], one.by, str(one.rounds)) for one in report.sections)
    yield Grid(("Section", "Written by", "Written anew"), written, (40, 40, 20))


def _rows(report: SignedReport) -> Iterator[Block]:
    counts = report.counts
    yield Heading("Rows that were not checked")
    yield Words(
        f"Of {counts.rows:,} rows {counts.checked:,} were checked. Unreadable: {counts.unreadable:,}. Repeated: "
        f"{counts.repeated:,}. Outside the period: {counts.outside:,}."
    )
    if report.not_checked:
        shown, all_of_them = len(report.not_checked), counts.unreadable + counts.repeated
        if shown < all_of_them:
            yield Words(f"The first {shown:,} of {all_of_them:,} that were unreadable or repeated:")
        yield Grid(("Line", "Why"), tuple((f"{row.line:,}", row.why) for row in report.not_checked), (12, 88))


def _signatures(report: SignedReport, approval: Approval) -> Iterator[Block]:
    yield Heading("Signatures")
    yield Words(
        "Each of those named here approved exactly this report: its digest is the SHA-256 of all that it says, as "
        "canonical JSON. Nobody signed twice. The run's proof bundle holds the decisions, and keys where there are any."
    )
    yield Grid(
        ("As", "Who", "When", "Digest"),
        tuple(
            (what, who, spoken_time(at) if at else "see the proof bundle", approval.digest)
            for what, who, at in signatures_of(approval)
        ),
        (14, 22, 24, 40),
    )
    yield Fields((("SHA-256 of the file of transactions", report.file.sha256),))


def _who_when(who: str, at: datetime | None) -> str:
    return f"{who}, {spoken_time(at)}" if at else who
