"""What was measured, in a file: a run that was broken off goes on from there, and tables and plots are made of it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@dataclass
class Record:
    """Results by system, and then by what was measured."""

    path: Path

    def __post_init__(self) -> None:
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else "{}"
        self._all: dict[str, dict[str, Any]] = json.loads(text)

    def find(self, system: str, what: str, kind: type[T]) -> T | None:
        """A result; None where there is none yet, or where there was nothing to measure."""
        found = self._all.get(system, {}).get(what)
        return None if found is None else TypeAdapter(kind).validate_python(found)

    async def measured(self, system: str, what: str, measure: Callable[[], Awaitable[Any]]) -> None:
        """Measure it, unless it was measured before."""
        results = self._all.setdefault(system, {})
        if what not in results:
            value = await measure()
            results[what] = asdict(value) if hasattr(value, "__dataclass_fields__") else value
            self.path.write_text(json.dumps(self._all, indent=1) + "\n", encoding="utf-8")
