"""Bookings and complaints, read and written. Every function works inside its caller's transaction."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection, RowMapping, select

from activities.stores.tables import TRAVEL_BOOKINGS, TRAVEL_COMPLAINTS, TRAVEL_TAKEN, insert_into
from contracts.crm import Person
from contracts.exchange import Cost
from contracts.travel import BookingOnFile, TripBooking
from contracts.travel_desk import FileComplaint

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for a figure."""


def number_of(key: str, kind: str) -> str:
    """A reference made from an effect's key, like FL-7K2M9QRT: the same key has the same one."""
    bits = int.from_bytes(hashlib.sha256(key.encode()).digest()[:5], "big")
    return f"{kind}-" + "".join(_LETTERS[bits >> (5 * place) & 31] for place in range(8))


def booking_of(connection: Connection, key: str) -> TripBooking | None:
    """What was booked under an effect's key, also when it was called off since."""
    row = connection.execute(select(TRAVEL_BOOKINGS).where(TRAVEL_BOOKINGS.c.key == key)).mappings().one_or_none()
    return TripBooking(reference=row["reference"], cost=_cost(row)) if row else None


def find_booking(connection: Connection, reference: str, email: str) -> BookingOnFile | None:
    """A booking of that traveller's."""
    wanted = select(TRAVEL_BOOKINGS).where(TRAVEL_BOOKINGS.c.reference == reference, TRAVEL_BOOKINGS.c.email == email)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    return BookingOnFile(
        reference=reference,
        what=row["what"],
        cost=_cost(row),
        booked_at=row["booked_at"],
        cancelled=row["cancelled_at"] is not None,
    )


def put_booking(
    connection: Connection,
    key: str,
    booking: TripBooking,
    traveller: Person,
    what: str,
    units: Mapping[tuple[str, date], int],
    booked_at: datetime | None = None,
) -> None:
    """Keep a booking; what it takes, by item and day. A key that is there already changes nothing."""
    row = insert_into(connection, TRAVEL_BOOKINGS).values(
        key=key,
        reference=booking.reference,
        what=what,
        traveller=traveller.name,
        email=traveller.email,
        amount=str(booking.cost.amount),
        currency=booking.cost.currency,
        booked_at=booked_at or datetime.now(UTC),
    )
    connection.execute(row.on_conflict_do_nothing())
    for (item, day), count in units.items():
        taken = insert_into(connection, TRAVEL_TAKEN).values(
            reference=booking.reference, item=item, day=day.isoformat(), units=count
        )
        connection.execute(taken.on_conflict_do_nothing())


def cancel_booking(connection: Connection, reference: str) -> bool:
    """Call a booking off and give back what it took; whether there is such a booking."""
    connection.execute(TRAVEL_TAKEN.delete().where(TRAVEL_TAKEN.c.reference == reference))
    there = TRAVEL_BOOKINGS.c.reference == reference
    first = TRAVEL_BOOKINGS.update().where(there, TRAVEL_BOOKINGS.c.cancelled_at.is_(None))
    connection.execute(first.values(cancelled_at=datetime.now(UTC)))
    return connection.scalar(select(TRAVEL_BOOKINGS.c.key).where(there)) is not None


def put_complaint(connection: Connection, key: str, case: str, complaint: FileComplaint) -> None:
    """Keep a complaint."""
    connection.execute(
        TRAVEL_COMPLAINTS.insert().values(
            key=key,
            case_number=case,
            traveller=complaint.traveller.name,
            email=complaint.traveller.email,
            message=complaint.message,
            bookings=list(complaint.references),
            filed_at=datetime.now(UTC),
        )
    )


def _cost(row: RowMapping) -> Cost:
    return Cost.model_validate({"amount": row["amount"], "currency": row["currency"]})
