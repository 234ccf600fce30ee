"""Publishing a report: whole or not at all, once, from the file that was checked, the same bytes each time."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from activities.compliance.document import document_of
from activities.compliance.pdf import as_pdf
from activities.effects import Unseen
from activities.hold import Hold
from activities.stores.database import Database
from activities.tools import reports as reports_module
from activities.tools.reports import ReportActivities, files_of
from contracts.compliance.report import PublishedReport
from contracts.errors import NotApproved, ToolFailed, ToolUnavailable
from contracts.tools import Outcome
from runtime.settings import Settings, load_settings
from tests.support.compliance import INPUTS, PLAIN, QUIET, act_of, report_of

HOSTILE = next(path for path in INPUTS if "hostile" in path.stem)
SCRIPTS = next(path for path in INPUTS if "scripts" in path.stem)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a worker in this folder."""
    return load_settings({"SIGNOFF_REPORTS": "published"}, tmp_path)


@pytest.fixture
def tool(settings: Settings) -> Iterator[ReportActivities]:
    """The tool, with a ledger of its own."""
    database = Database(settings.database_url)
    yield ReportActivities(settings, database)
    database.close()


def text_of(pdf: bytes, folder: Path) -> str:
    """What a reader of the PDF sees."""
    if not (program := shutil.which("pdftotext")):
        pytest.skip("pdftotext is not there (Debian: poppler-utils)")
    (folder / "x.pdf").write_bytes(pdf)
    done = subprocess.run([program, "-layout", folder / "x.pdf", "-"], capture_output=True, check=True)
    return done.stdout.decode()


async def test_a_report_is_published_whole_with_the_digests_of_its_receipt(
    tool: ReportActivities, settings: Settings
) -> None:
    receipt = await tool.publish(act_of(report_of()))
    folder = settings.reports / receipt.result.folder
    assert {file.name for file in folder.iterdir()} == {one.name for one in receipt.result.files}
    for one in receipt.result.files:
        data = (folder / one.name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (one.sha256, one.bytes)
    sums = (folder / "SHA256SUMS").read_text()
    assert re.findall(r"^[0-9a-f]{64}  (.+)$", sums, re.MULTILINE) == ["report.html", "report.pdf", "audit-log.json"]
    assert [path for path in settings.reports.rglob(".*")] == []


async def test_the_second_time_the_first_receipt_comes_back(tool: ReportActivities) -> None:
    first = await tool.publish(act_of(report_of()))
    again = await tool.publish(act_of(report_of()))
    other = await tool.publish(act_of(report_of(company="Somebody else")))
    assert (again.result, again.outcome) == (first.result, Outcome.DONE)
    assert (other.result, other.outcome) == (first.result, Outcome.CONFLICT)


async def test_what_nobody_signed_is_not_published(tool: ReportActivities, settings: Settings) -> None:
    act = act_of(report_of())
    changed = act.model_copy(update={"argument": report_of(company="Somebody else")})
    for wrong in (changed, act.model_copy(update={"approval": None})):
        with pytest.raises(NotApproved):
            await tool.publish(wrong)
    assert not settings.reports.exists()


async def test_another_file_than_was_checked_publishes_nothing(tool: ReportActivities, settings: Settings) -> None:
    report = report_of()
    other = report.model_copy(update={"file": report.file.model_copy(update={"sha256": "0" * 64})})
    with pytest.raises(ToolFailed, match="changed since"):
        await tool.publish(act_of(other))
    assert not list(settings.reports.rglob("*.pdf"))


async def test_no_report_is_written_over(tool: ReportActivities, settings: Settings) -> None:
    mine = settings.reports / "2026-10" / "today" / "report.pdf"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(ToolFailed, match="none is written over"):
        await tool.publish(act_of(report_of()))
    assert [file.read_text() for file in settings.reports.rglob("*.*") if file.is_file()] == ["mine"]


async def test_a_worker_that_dies_after_it_published_finds_what_it_did(
    tool: ReportActivities, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    appear = reports_module._appear

    def and_dies(beside: Path, final: Path) -> None:
        appear(beside, final)
        raise KeyError("the worker's end")

    monkeypatch.setattr(reports_module, "_appear", and_dies)
    receipt = await tool.publish(act_of(report_of()))
    assert receipt.outcome is Outcome.DONE
    assert (settings.reports / receipt.result.folder / "report.pdf").exists()


async def test_a_disk_that_cannot_be_written_is_tried_again_later(tool: ReportActivities, settings: Settings) -> None:
    settings.reports.write_text("no folder")
    with pytest.raises(ToolUnavailable, match="cannot be written below SIGNOFF_REPORTS"):
        await tool.publish(act_of(report_of()))


async def test_the_probe_knows_what_is_there_and_what_it_cannot_know(
    tool: ReportActivities, settings: Settings
) -> None:
    receipt = await tool.publish(act_of(report_of()))
    presumed: PublishedReport = receipt.result
    assert await tool._look(presumed) == presumed
    pdf = settings.reports / presumed.folder / "report.pdf"
    pdf.write_bytes(pdf.read_bytes() + b" ")
    assert await tool._look(presumed) is Unseen.UNKNOWN
    shutil.rmtree(settings.reports / presumed.folder)
    assert await tool._look(presumed) is Unseen.NOT_FOUND
    shutil.rmtree(settings.reports)
    assert await tool._look(presumed) is Unseen.UNKNOWN


def test_the_same_report_is_the_same_bytes(tmp_path: Path) -> None:
    act = act_of(report_of(SCRIPTS))
    assert act.approval
    first = files_of(act.argument, act.approval, act.key)
    assert first == files_of(act.argument.model_copy(deep=True), act.approval, act.key)
    later = act.approval.model_copy(update={"at": act.approval.at + timedelta(seconds=1)})
    assert files_of(act.argument, later, act.key)["report.pdf"] != first["report.pdf"]


def test_an_auditor_finds_all_that_a_report_rests_on(tmp_path: Path) -> None:
    act = act_of(report := report_of(PLAIN))
    assert act.approval
    pdf = as_pdf(document_of(report, act.approval))
    text = text_of(pdf, tmp_path)
    words = " ".join(text.split())
    for needed in ("Prepared by", "ann, 22 November 2026, 04:05:06 UTC", "bob", "Method", "5324", "Signatures"):
        assert needed in words, needed
    for digest in (report.file.sha256, act.digest):
        assert digest in "".join(text.split())
    assert len(re.findall(r"page \d+ of \d+", text)) >= 5
    for finding in report.findings:
        assert finding.name in words
        for row in finding.evidence:
            assert row.id in words, row.id
    assert b"pdfaid:part>2<" in pdf


def test_what_no_font_draws_is_shown_as_its_code_point(tmp_path: Path) -> None:
    act = act_of(report_of(SCRIPTS))
    assert act.approval
    files = files_of(act.argument, act.approval, act.key)
    assert "株式会社" in files["report.html"].decode()
    assert "[U+682A]" in text_of(files["report.pdf"], tmp_path)


def test_a_hostile_name_is_text_on_the_page() -> None:
    act = act_of(report_of(HOSTILE))
    assert act.approval
    html = files_of(act.argument, act.approval, act.key)["report.html"].decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "default-src &#x27;none&#x27;" in html or "default-src 'none'" in html


async def test_a_claim_that_is_lost_before_the_folder_appears_leaves_nothing(
    tool: ReportActivities, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(self: Hold) -> None:
        raise ToolUnavailable("its claim was given up: nothing was done")

    monkeypatch.setattr(Hold, "act", lost)
    with pytest.raises(ToolUnavailable, match="claim was given up"):
        await tool.publish(act_of(report_of()))
    assert [path for path in settings.reports.rglob("*") if path.is_file()] == []
    assert QUIET.exists()
