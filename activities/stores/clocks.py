"""The clock that claims are timed by: one for all workers of a database, and one that nobody sets."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from activities.stores.tables import Utc

_START = datetime(1970, 1, 1, tzinfo=UTC)


def steady(connection: Connection) -> datetime:
    """The server's clock. For SQLite, whose workers all run on one machine, the time since that machine started.

    A wall clock that somebody sets forward would make every claim look given up while its worker acts; the server of
    Temporal, on the same machine, would start the next attempt in that moment too.
    """
    if connection.dialect.name == "sqlite":
        return _START + timedelta(seconds=time.monotonic())
    # Not `now()`, which is when the transaction began: before it waited for its turn.
    return connection.execute(select(func.clock_timestamp(type_=Utc))).scalar_one()
