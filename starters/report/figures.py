"""The figures of a report: the shape of its JSON. Shares are numbers from 0 to 1, working time is in seconds."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Grade(StrEnum):
    """What a process's reliability score makes it fit for."""

    PRODUCTION = "production grade"
    INTERNAL = "internal tool"
    PILOT = "pilot"
    UNFIT = "not to be shipped"


class RungFigures(BaseModel):
    """Calls of one model by one rung. Each is one of fits, misfit, out_of_room, declined, cut, failed."""

    model_config = ConfigDict(frozen=True)

    process: str
    model: str
    rung: str
    calls: int
    fits: int
    repaired: int
    misfit: int
    out_of_room: int
    declined: int
    cut: int
    failed: int
    yielded: float = Field(serialization_alias="yield")
    """Share of the calls whose reply fits."""
    input_tokens: int
    output_tokens: int
    cost_usd: float


class ProcessFigures(BaseModel):
    """Runs of one process. Each is one of running, succeeded, the two kinds of stopped, failed; `n` have ended."""

    model_config = ConfigDict(frozen=True)

    process: str
    runs: int
    running: int
    n: int
    succeeded: int
    stopped_by_limit: int
    stopped_by_hand: int
    failed: int
    mean_cost_usd: float | None
    mean_working_time_s: float | None
    target_usd: float | None
    target_working_time_s: float | None
    within_cost: float | None
    """Share of those that succeeded that cost at most the target."""
    within_working_time: float | None
    score: float | None
    """Share that succeeded x share within cost x share within working time; None without ended runs or targets."""
    grade: Grade | None


class Report(BaseModel):
    """What `signoff report --json` prints."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    until: datetime
    runs: int
    rungs: tuple[RungFigures, ...]
    processes: tuple[ProcessFigures, ...]
