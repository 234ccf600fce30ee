"""Notes: decisions that no activity records, written into history by way of the memo.

A decision of a person, a rule of code that chose between results, a message that was refused: each becomes one memo
update, which is one event. `signoff show` reads them back from history, without a worker.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.gates import Refusal


class Note(BaseModel):
    """One decision (`step` set) or one refused message (`refusal` set)."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    step: str | None = None
    by: Literal["code", "person"] = "code"
    who: str | None = None
    outcome: str | None = None
    gate: str | None = None
    digest: str | None = None
    text: str | None = None
    """The person's note or reason, or the rule's explanation."""
    opened_at: datetime | None = None
    refusal: Refusal | None = None
    refusals_count: int = 0
    """Messages refused so far, those past the hundredth included, which are counted but not kept."""
