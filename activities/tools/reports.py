"""Publishing reports: whole or not at all, in a folder of their own, and never over another."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import JsonValue
from temporalio import activity

from activities.compliance.document import document_of, signatures_of
from activities.compliance.html import as_html
from activities.effects import Deed, Unseen, check_approval, once
from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from activities.tools.files import failure, opened, place
from contracts.compliance.report import PUBLISH_REPORT, PublishedFile, PublishedReport, ReportsPort, SignedReport
from contracts.errors import ToolFailed, ToolUnavailable
from contracts.gates import Approval, canonical
from contracts.tools import Act, Receipt
from runtime.settings import SAMPLES, Settings

HTML, PDF, LOG, SUMS = "report.html", "report.pdf", "audit-log.json", "SHA256SUMS"

Files = Mapping[str, bytes]


class ReportActivities(ReportsPort):
    """Reports, in the folder of SIGNOFF_REPORTS."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """`settings` name the folders; `database` keeps the ledger."""
        self._ledger = Ledger(database)
        self._root = settings.reports
        self._inputs: tuple[Path, ...] = (*settings.files, SAMPLES)

    @activity.defn(name="report.publish")
    async def publish(self, act: Act[SignedReport]) -> Receipt[PublishedReport]:
        """Publish a report as HTML and PDF with its audit log, once.

        Raises NotApproved, OutcomeUnknown, ToolUnavailable (nothing was published), ToolFailed (the transactions are
        not those that were checked, or the place is taken).
        """
        check_approval(act, PUBLISH_REPORT.effect)
        assert act.approval  # or nobody had approved it
        # The same report with the same signatures is the same bytes: an attempt knows those of the one before.
        files = await asyncio.to_thread(files_of, act.argument, act.approval, act.key)
        folder = f"{act.argument.report_id}/{act.argument.occasion}"
        deed = Deed(
            tool="report.publish",
            effect=PUBLISH_REPORT.effect,
            presumed=PublishedReport(folder=folder, files=_receipts(files)),
            visible_within=timedelta(seconds=2),
            perform=lambda hold: self._put(act.argument, folder, files, hold),
            probe=self._look,
            repeatable=False,
        )
        return await once(self._ledger, act, deed)

    async def _put(self, report: SignedReport, folder: str, files: Files, hold: Hold) -> PublishedReport:
        await asyncio.to_thread(self._check_input, report)
        final = self._root / folder
        beside = final.with_name(f".{final.name}.{os.urandom(6).hex()}")
        try:
            await asyncio.to_thread(_write, beside, files)
            await hold.act()
            # The folder appears whole; one that stands there already stops it.
            await asyncio.to_thread(_appear, beside, final)
        except OSError as error:
            raise _unwritten(final, error) from None
        finally:
            await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)
        return PublishedReport(folder=folder, files=_receipts(files))

    def _check_input(self, report: SignedReport) -> None:
        """Raises ToolFailed where the file is not the one that was checked any more."""
        path, digest = report.file.path, hashlib.sha256()
        try:
            with opened(*place(self._inputs, path)) as source:
                while data := source.read(1 << 20):
                    digest.update(data)
        except OSError as error:
            raise failure(path, error) from None
        if digest.hexdigest() != report.file.sha256:
            raise ToolFailed(f"{path} is not what was checked: it was changed since. Nothing was published: start anew")

    async def _look(self, presumed: PublishedReport) -> PublishedReport | Unseen:
        return await asyncio.to_thread(self._found, presumed)

    def _found(self, presumed: PublishedReport) -> PublishedReport | Unseen:
        """Each file is there, with its digest; none of them is: they appear together."""
        folder = self._root / presumed.folder
        try:
            if not folder.exists():
                return Unseen.NOT_FOUND if self._root.exists() else Unseen.UNKNOWN
            same = all(_sha256((folder / one.name).read_bytes()) == one.sha256 for one in presumed.files)
        except OSError:
            return Unseen.UNKNOWN
        return presumed if same else Unseen.UNKNOWN


def files_of(report: SignedReport, approval: Approval, key: str) -> dict[str, bytes]:
    """What is published, by name; the last two vouch for those before them."""
    document = document_of(report, approval)
    # Imported here: it loads fonts' tables, a third of a second at each worker's start.
    from activities.compliance.pdf import as_pdf

    files = {HTML: as_html(document), PDF: as_pdf(document)}
    files[LOG] = canonical(_log(report, approval, key, files)) + b"\n"
    sums = (f"{_sha256(data)}  {name}\n" for name, data in files.items())
    return {**files, SUMS: "".join(sums).encode()}


def _log(report: SignedReport, approval: Approval, key: str, files: Files) -> dict[str, JsonValue]:
    """Who decided what, on what: with the run's proof bundle it says how the report came about."""
    said = report.model_dump(mode="json", include={"file", "counts", "checks", "rules", "prepared_at"})
    return {
        "signoff": "compliance report/1",
        "key": key,
        "workflow_id": approval.request,
        "digest": approval.digest,
        **said,
        "sections": [one.model_dump(mode="json", include={"key", "by", "rounds"}) for one in report.sections],
        "signatures": [
            {"as": what, "who": who, "at": at.isoformat() if at else None} for what, who, at in signatures_of(approval)
        ],
        "note": approval.note,
        "files": [one.model_dump(mode="json") for one in _receipts(files)],
    }


def _receipts(files: Files) -> tuple[PublishedFile, ...]:
    return tuple(PublishedFile(name=name, sha256=_sha256(data), bytes=len(data)) for name, data in files.items())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(folder: Path, files: Files) -> None:
    """On the disk, and not only on its way there, before the ledger hears of it."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        with (folder / name).open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _appear(beside: Path, final: Path) -> None:
    os.rename(beside, final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # its new name, too
    finally:
        os.close(folder)


def _unwritten(final: Path, error: OSError) -> ToolFailed | ToolUnavailable:
    if final.exists():
        return ToolFailed(f"there is a report at {final} already, and none is written over: give another occasion")
    return ToolUnavailable(
        f"the report cannot be written below SIGNOFF_REPORTS now ({error.strerror or 'no reason given'})"
    )
