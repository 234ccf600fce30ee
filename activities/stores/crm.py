"""The CRM's tables, read and written. Every function works inside its caller's transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from activities.stores.tables import FOLLOW_UPS, LEADS, MEETINGS, insert_into
from contracts.crm import FollowUp, Lead


class Busy(NamedTuple):
    """A time at which an owner is not free; a weekly one comes back every seven days from its first start."""

    starts: datetime
    ends: datetime
    weekly: bool


def find_lead(connection: Connection, lead_id: str) -> Lead | None:
    """The lead, if the CRM knows it."""
    row = connection.execute(select(LEADS).where(LEADS.c.lead_id == lead_id)).mappings().one_or_none()
    return Lead.model_validate(dict(row)) if row else None


def put_leads(connection: Connection, leads: Iterable[Lead]) -> None:
    """Add leads; one that is there already is replaced."""
    for lead in leads:
        values = lead.model_dump(mode="json")
        row = insert_into(connection, LEADS).values(values)
        connection.execute(row.on_conflict_do_update(index_elements=["lead_id"], set_=values))


def put_follow_up(connection: Connection, key: str, follow_up: FollowUp) -> None:
    """Note a follow-up of a lead that is there."""
    connection.execute(FOLLOW_UPS.insert().values(key=key, logged_at=datetime.now(UTC), **follow_up.model_dump()))


def put_meeting(connection: Connection, key: str, owner: str, busy: Busy) -> None:
    """Add a time at which `owner` (mail address) is busy; the same key adds it once."""
    row = insert_into(connection, MEETINGS).values(key=key, owner_email=owner, **busy._asdict())
    connection.execute(row.on_conflict_do_nothing())


def busy_times(connection: Connection, owner: str) -> list[Busy]:
    """When `owner` (mail address) is busy."""
    wanted = select(MEETINGS.c.starts, MEETINGS.c.ends, MEETINGS.c.weekly).where(MEETINGS.c.owner_email == owner)
    return [Busy(*row) for row in connection.execute(wanted)]
