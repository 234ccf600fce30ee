"""What `signoff doctor` found: one thing that was looked at."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice`: what to do; None where all is well."""

    about: str
    text: str
    advice: str | None = None
    facts: dict[str, Any] | None = None
    """For programs."""
