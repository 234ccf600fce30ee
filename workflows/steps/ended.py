"""How a story ends before its end."""

from enum import StrEnum

from contracts.budgets import Limit


class Ending(StrEnum):
    """Why a story ended before its end."""

    REJECTED = "rejected"
    EXPIRED = "expired"
    STOPPED = "stopped"
    """By a person, or at a limit."""
    UNFIT = "unfit"
    """What was made did not pass its check."""


class Ended(Exception):
    """A person said no, nobody answered in time, nothing passed its check, or the run was stopped: an ending, not a
    failure."""

    def __init__(self, how: Ending, reason: str, limit: Limit | None = None) -> None:
        super().__init__(reason)
        self.how = how
        self.reason = reason
        self.limit = limit
