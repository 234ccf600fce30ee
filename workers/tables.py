"""Whether a worker knows the database's tables: said when it starts, not when it comes to its first effect."""

from activities.stores.database import Database
from activities.stores.migrations import NewerDatabase
from contracts.errors import ToolUnavailable
from runtime.settings import Settings, SettingsError


def check_tables(settings: Settings) -> str | None:
    """Bring the tables up to date. Why that cannot be done now, in one line; None: they are.

    A database may be away for a moment, and tools try again. Raises SettingsError where waiting does not help: a newer
    program has changed the tables.
    """
    database = Database(settings.database_url)
    try:
        database.prepare()
    except NewerDatabase as newer:
        raise SettingsError(f"the database {database.name} cannot be used: {newer}") from None
    except ToolUnavailable as away:
        return away.message
    finally:
        database.close()
    return None
