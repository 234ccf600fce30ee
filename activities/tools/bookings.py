"""Booking and calling off: once, never dearer than approved, and never above the stated limit."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import activity

from activities.effects import Deed, Unseen, once
from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from activities.tools.reservations import Reservations
from contracts.errors import OutcomeUnknown, ToolUnavailable
from contracts.tools import Act, Receipt
from contracts.travel import (
    BOOK_FLIGHT,
    CANCEL_FLIGHT,
    BookingPort,
    CancelBooking,
    CancelledBooking,
    TripBooking,
    TripToBook,
)

VISIBLE_WITHIN = timedelta(seconds=5)
"""How long a request may be under way after its connection broke: the database gives a statement no more."""

Book = Callable[[str, TripToBook], Awaitable[TripBooking]]


class BookingActivities(BookingPort):
    """Bookings."""

    def __init__(self, database: Database, systems: Reservations | None = None) -> None:
        """`database` keeps the ledger; `systems` are the airlines' and hotels', in the same database unless given."""
        self._ledger = Ledger(database)
        self._systems = systems or Reservations(database)

    @activity.defn(name="flight.book")
    async def book_flight(self, act: Act[TripToBook]) -> Receipt[TripBooking]:
        """Book the trip's flight, once.

        Raises NotApproved, OutcomeUnknown, ToolFailed (nothing was booked, and why), ToolUnavailable.
        """
        return await self._book(act, "flight.book", self._systems.presumed_flight(act), self._systems.book_flight)

    @activity.defn(name="hotel.book")
    async def book_hotel(self, act: Act[TripToBook]) -> Receipt[TripBooking]:
        """Book the trip's hotel, once. Raises as `book_flight` does."""
        return await self._book(act, "hotel.book", self._systems.presumed_hotel(act), self._systems.book_hotel)

    @activity.defn(name="flight.cancel")
    async def cancel_flight(self, act: Act[CancelBooking]) -> Receipt[CancelledBooking]:
        """Call a flight off; once it is, it stays so. Raises ToolFailed, ToolUnavailable."""
        return await self._cancel(act, "flight.cancel")

    @activity.defn(name="hotel.cancel")
    async def cancel_hotel(self, act: Act[CancelBooking]) -> Receipt[CancelledBooking]:
        """Call a hotel off. Raises as `cancel_flight` does."""
        return await self._cancel(act, "hotel.cancel")

    async def _book(self, act: Act[TripToBook], tool: str, presumed: TripBooking, book: Book) -> Receipt[TripBooking]:
        async def perform(hold: Hold) -> TripBooking:
            await hold.act()
            try:
                return await book(act.key, act.argument)
            except ToolUnavailable as lost:
                # No answer is no "no": a commit whose answer was lost has booked it.
                raise OutcomeUnknown(f"{tool} was asked and did not answer ({lost.message})") from None

        async def look_up(_: TripBooking) -> TripBooking | Unseen:
            return await self._systems.find(act.key) or Unseen.NOT_FOUND

        deed = Deed(tool, BOOK_FLIGHT.effect, presumed, VISIBLE_WITHIN, perform, look_up, repeatable=False)
        return await once(self._ledger, act, deed)

    async def _cancel(self, act: Act[CancelBooking], tool: str) -> Receipt[CancelledBooking]:
        cancelled = CancelledBooking(reference=act.argument.reference)

        async def perform(hold: Hold) -> CancelledBooking:
            await hold.act()
            await self._systems.cancel(act.argument.reference)
            return cancelled

        # Calling off twice is calling off once.
        deed = Deed(tool, CANCEL_FLIGHT.effect, cancelled, VISIBLE_WITHIN, perform, None, repeatable=True)
        return await once(self._ledger, act, deed)
