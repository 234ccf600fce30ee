"""One yes to a trip is worth one flight and one hotel, and not a second of either."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.errors import NotApproved
from contracts.gates import Approval, Approved, digest_of
from contracts.tools import Act
from contracts.travel import BOOK_FLIGHT, BOOK_HOTEL, TripToBook
from workflows.steps.counts import Counts
from workflows.steps.tools import OnStop, Tools

TRIP = TripToBook.model_validate_json(
    (Path(__file__).parents[1] / "contracts" / "golden" / "TripToBook.json").read_bytes()
)


class Written(Tools):
    """Tools that note what they would do."""

    def __init__(self) -> None:
        self.progress = cast(Any, SimpleNamespace(counts=Counts(), action="travel-booking/bali/today"))
        self.done: list[str] = []

    async def _settled(self, step: str, tool: Any, act: Act[Any], summary: str, on_stop: OnStop) -> Any:
        self.done.append(act.key)

    async def book(self, step: str, tool: Any, **changes: Any) -> None:
        """Under the one approval."""
        given = {"request": "run", "gate": "approve-booking", "digest": digest_of(TRIP), "by": "meera"}
        approval = Approval.model_validate(given | {"at": "2026-11-20T08:00:00Z"} | changes)
        await self._used_at(step, tool, Approved(value=TRIP, approval=approval), "Book it", OnStop.LEAVE)


async def test_each_tool_that_is_named_takes_the_approval_once() -> None:
    tools = Written()
    await tools.book("book-flight", BOOK_FLIGHT)
    await tools.book("book-hotel", BOOK_HOTEL)
    for tool in (BOOK_FLIGHT, BOOK_HOTEL):
        with pytest.raises(NotApproved, match="approve-booking has been used"):
            await tools.book("once-more", tool)
    assert [key.rpartition("/")[2] for key in tools.done] == ["book-flight", "book-hotel"]


async def test_no_trip_is_booked_by_an_approval_in_advance() -> None:
    tools = Written()
    with pytest.raises(NotApproved, match="wants a person's approval"):
        await tools.book("book-flight", BOOK_FLIGHT, standing="standing/1")
    assert tools.done == []
