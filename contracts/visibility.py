"""Search attributes and memo keys: what lists, saved views and the CLI read without a worker."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from temporalio.common import SearchAttributeKey

from contracts.budgets import Limits, Spent
from contracts.gates import OpenGate, Refusal
from contracts.money import Usd

SIGNOFF_PHASE = SearchAttributeKey.for_keyword("SignoffPhase")
SIGNOFF_WAITING = SearchAttributeKey.for_keyword_list("SignoffWaiting")
SIGNOFF_APPROVERS = SearchAttributeKey.for_keyword_list("SignoffApprovers")
SIGNOFF_COST_USD = SearchAttributeKey.for_float("SignoffCostUsd")

MEMO_GATES = "gates"
"""Memo: list of `gates.Card`, one for each open gate."""

MEMO_NOTE = "note"
"""Memo: the newest `notes.Note`. History keeps every one of them; the memo only the last."""


class Phase(StrEnum):
    """Value of SignoffPhase."""

    WORKING = "working"
    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


class State(BaseModel):
    """Answer to the query `state`."""

    model_config = ConfigDict(frozen=True)

    process: str
    phase: Phase
    gates: tuple[OpenGate, ...]
    cost_usd: Usd
    refusals: tuple[Refusal, ...]
    refusals_count: int
    spent: Spent = Spent()
    limits: Limits | None = None
    """None in a run that began before there were limits."""
