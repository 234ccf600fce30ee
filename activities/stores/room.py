"""Whether a ceiling has room for a call, and when it will have. Each function works in its caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select

from activities.stores.tables import SPENDING, Utc
from runtime.limits import Ceiling, Of, Per, Scope

NANO = 1_000_000_000
PAGE = 500

Book = tuple[Scope, str, Per]
"""Whose calls, and of how long: ceilings that look at the same entries."""


@dataclass(frozen=True)
class Met:
    """A ceiling that leaves no room: what it counts now, and when there will be room.

    `latest`: if calls under way cost all that they may; `earliest`: if they are settled at once, at nothing.
    `youngest`: when the newest call under way was entered, if there is one.
    """

    ceiling: Ceiling
    now: datetime
    counted: int
    earliest: datetime
    latest: datetime
    youngest: datetime | None


def met_by(connection: Connection, ceilings: Sequence[Ceiling], nano_usd: int, now: datetime) -> list[Met]:
    """The ceilings that have no room for a call that may cost so many billionths of a US dollar."""
    totals = _totals(connection, ceilings, now)
    found = (_met(connection, one, nano_usd, totals[_book(one)][one.of], now) for one in ceilings)
    return [met for met in found if met]


def _book(ceiling: Ceiling) -> Book:
    return ceiling.scope, ceiling.name, ceiling.per


def _totals(connection: Connection, ceilings: Sequence[Ceiling], now: datetime) -> Mapping[Book, Mapping[Of, int]]:
    found = {}
    for book, ceiling in {_book(one): one for one in ceilings}.items():
        sums = select(func.coalesce(func.sum(SPENDING.c.nano_usd), 0), func.count()).where(_counts(ceiling, now))
        nano_usd, calls = connection.execute(sums).one()
        found[book] = {Of.USD: int(nano_usd), Of.MODEL_CALLS: calls}
    return found


def _met(connection: Connection, ceiling: Ceiling, nano_usd: int, counted: int, now: datetime) -> Met | None:
    amount, unit = (nano_usd, NANO) if ceiling.of is Of.USD else (1, 1)
    over = counted + amount - int(ceiling.amount * unit)
    if over <= 0 or not amount:  # what is free adds nothing, even where costs have passed their ceiling
        return None
    earliest, youngest = _at_best(connection, ceiling, over, now)
    latest = _room_at(connection, ceiling, over, _counts(ceiling, now))
    assert latest, "a call that is more than the ceiling by itself is refused before"
    return Met(ceiling, now, counted, min(earliest, latest), latest, youngest)


def _at_best(connection: Connection, ceiling: Ceiling, over: int, now: datetime) -> tuple[datetime, datetime | None]:
    """`earliest` and `youngest` of Met."""
    counts = _counts(ceiling, now)
    under_way = select(func.coalesce(func.sum(SPENDING.c.nano_usd), 0), func.max(SPENDING.c.entered_at, type_=Utc))
    nano_usd, youngest = connection.execute(under_way.where(counts, ~SPENDING.c.settled)).one()
    if ceiling.of is Of.USD:
        over -= int(nano_usd)
    if over <= 0:
        return now, youngest
    # As calls, those under way still count when they are settled: from then on, for a whole window.
    return _room_at(connection, ceiling, over, counts, SPENDING.c.settled) or now + ceiling.per.window, youngest


def _room_at(connection: Connection, ceiling: Ceiling, over: int, *which: ColumnElement[bool]) -> datetime | None:
    """When enough of these entries will have left the window, the oldest first; None where all are not enough.

    Read page by page, because a few are enough as a rule: of thousands, in each of many runs that wait.
    """
    by_cost = ceiling.of is Of.USD
    amount: ColumnElement[int] = SPENDING.c.nano_usd if by_cost else literal(1)
    leaving = select(SPENDING.c.billed_by, amount).where(*which, amount > 0).order_by(SPENDING.c.billed_by)
    for offset in count(0, PAGE):
        rows: list[tuple[datetime, int]] = [*map(tuple, connection.execute(leaving.limit(PAGE).offset(offset)))]
        for billed_by, freed in rows:
            over -= freed
            if over <= 0:
                return billed_by + ceiling.per.window
        if len(rows) < PAGE:
            break
    return None


def _counts(ceiling: Ceiling, now: datetime) -> ColumnElement[bool]:
    """Which entries a ceiling counts."""
    return and_(SPENDING.c.billed_by > now - ceiling.per.window, _whose(ceiling))


def _whose(ceiling: Ceiling) -> ColumnElement[bool]:
    match ceiling.scope:
        case Scope.FLEET:
            return literal(True)
        case Scope.PROCESS:
            return SPENDING.c.process == ceiling.name
        case Scope.TENANT:
            return SPENDING.c.tenant == ceiling.name
