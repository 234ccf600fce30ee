"""Durable waits."""

from datetime import datetime

from temporalio import workflow

from workflows.steps.progress import Progress


class Timers:
    """The run's clock."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    async def until(self, step: str, moment: datetime, summary: str) -> None:
        """Wait until `moment` (aware); a moment that has passed costs nothing. Raises Ended (stopped)."""
        with self.progress.step(step):
            wait = moment - workflow.now()
            if wait.total_seconds() > 0:
                self.progress.chain.journal.live()
                await self.progress.switch.until_stopped(workflow.sleep(wait, summary=summary))
                self.progress.progressed()
