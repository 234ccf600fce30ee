"""Runs that wait, as lists see them: a card in the memo, and nobody who works on them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from contracts.gates import Card, GateKind
from contracts.visibility import MEMO_GATES, SIGNOFF_PHASE, Phase

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""Before every other run of the server that tests share."""


def card(number: int = 0, **changes: Any) -> Card:
    """The card of a gate; each number is a minute later."""
    opened = LONG_AGO + timedelta(minutes=number)
    usual = Card(
        gate="review-email",
        kind=GateKind.APPROVAL,
        question=f"Question {number}?",
        digest="d" * 64,
        opened_at=opened,
        deadline=opened + timedelta(days=9999),
    )
    return usual.model_copy(update=changes)


async def waiting_run(client: Client, *cards: Card, workflow_id: str | None = None) -> WorkflowHandle[Any, Any]:
    """One run with these cards; whoever starts it ends it."""
    return await client.start_workflow(
        "SalesFollowUp",
        {"lead_id": "lead-007"},
        id=workflow_id or f"inbox/{uuid.uuid4()}",
        task_queue="nobody",
        memo={MEMO_GATES: list(cards)},
        search_attributes=TypedSearchAttributes([SearchAttributePair(SIGNOFF_PHASE, Phase.WAITING)]),
    )
