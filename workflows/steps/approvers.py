"""Those who decide: which rules hold at a gate, whose key has been revoked, and telling them that they are asked."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from contracts.approvers import ApproversPort, Notice, NoticesPort, RevocationsRequest, Rules, RulesRequest, Signed
from contracts.chain import Vote
from contracts.errors import root_message
from contracts.gates import Card
from contracts.notes import Note
from workflows.steps.progress import Progress

_RETRIES = RetryPolicy(maximum_interval=timedelta(minutes=1))
"""A list that cannot be read is mended, and the run goes on: no gate opens to everybody instead."""


class Approvers:
    """What the settings say of them, by activities."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._telling: set[asyncio.Task[None]] = set()

    async def rules(self, step: str) -> Rules:
        """Recorded when the gate opens: who decides, and whose key is whose, holds until it is decided."""
        usual = self._progress.boundary.gate_policy(step)
        if not self._progress.keeps_rules:
            return Rules(policy=usual)
        return await self._progress.chain.journal.local(
            ApproversPort.rules,
            RulesRequest(process=self._progress.process.name, step=step, usual=usual),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_RETRIES,
            summary=f"Who decides at {step}",
        )

    async def revoked(self, card: Card, votes: Sequence[Vote]) -> dict[str, str]:
        """Why which of these votes do not count any more, by their sender; asked once, when nothing else is missing."""
        signed = [Signed(by=vote.by, key=vote.signature.key, at=vote.at) for vote in votes if vote.signature]
        found = await self._progress.chain.journal.start(
            ApproversPort.revocations,
            RevocationsRequest(votes=tuple(signed)),
            activity_id=f"{card.gate}-keys-{len(votes)}-{self._progress.refusals_count}",
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=_RETRIES,
            summary="Has a key been revoked meanwhile?",
        )
        return found.refused

    def tell(self, kind: Literal["opened", "reminder", "escalation"], card: Card, nth: str) -> None:
        """In the background: a mail server that is down keeps nobody from deciding."""
        task = asyncio.create_task(self._send(kind, card, nth))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _send(self, kind: Literal["opened", "reminder", "escalation"], card: Card, nth: str) -> None:
        this, process = workflow.info().workflow_id, self._progress.process.name
        try:
            await self._progress.chain.journal.start(
                NoticesPort.send,
                Notice(kind=kind, workflow_id=this, process=process, card=card),
                activity_id=f"{card.gate}-{kind}-{nth}",
                start_to_close_timeout=timedelta(minutes=1),
                schedule_to_close_timeout=timedelta(minutes=10),
                retry_policy=_RETRIES,
                summary=f"Tell those who are asked at {card.gate}: {kind}",
            )
        except ActivityError as error:
            text = root_message(error)[:1000]
            self._progress.note(Note(at=workflow.now(), gate=card.gate, outcome=f"{kind} not sent", text=text))
