"""Decisions that do not count."""


class Refused(Exception):
    """A decision that can be read and does not count; the message says why. `problems`: by field."""

    def __init__(self, reason: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.problems = problems or {}
