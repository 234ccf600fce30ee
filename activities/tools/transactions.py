"""Files of transactions, and the sections of the report about them."""

import asyncio
from pathlib import Path

from temporalio import activity

from activities.compliance.findings import check_file
from activities.tools.files import failure, opened, place
from contracts.compliance.findings import CheckedTransactions, CheckTransactions, TransactionsPort
from contracts.compliance.sections import CheckSection, SectionsPort, SectionVerdict
from contracts.prose import figure_problems
from runtime.settings import SAMPLES, Settings


class TransactionActivities(TransactionsPort, SectionsPort):
    """Files below SIGNOFF_FILES, and the samples."""

    def __init__(self, settings: Settings) -> None:
        """`settings` name the folders."""
        self._folders: tuple[Path, ...] = (*settings.files, SAMPLES)

    @activity.defn(name="transactions.check")
    async def check(self, request: CheckTransactions) -> CheckedTransactions:
        """Read a file and make all checks. Raises NotFound, ToolFailed, and ToolUnavailable where a disk does not
        answer."""
        return await asyncio.to_thread(checked_again, self._folders, request)

    @activity.defn(name="report.check_section")
    async def check_section(self, request: CheckSection) -> SectionVerdict:
        """Hold a section's figures and names against the facts."""
        text = "\n\n".join(request.paragraphs)
        return SectionVerdict(problems=tuple(await asyncio.to_thread(figure_problems, text, request.facts)))


def checked_again(folders: tuple[Path, ...], request: CheckTransactions) -> CheckedTransactions:
    """What `check` answers, in this thread. Raises NotFound, ToolFailed, ToolUnavailable."""
    try:
        with opened(*place(folders, request.path)) as source:
            return check_file(source, request)
    except OSError as error:
        raise failure(request.path, error) from None
