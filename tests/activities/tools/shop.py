"""The HTTP tool before one system, and what it is asked to do there."""

from pathlib import Path

from activities.stores.database import Database
from activities.stores.entries import State, find_entry
from activities.tools.http import HttpActivities
from contracts.gates import digest_of
from contracts.http import HttpPost
from contracts.tools import Act
from runtime.settings import load_settings

KEY = "refund/r-1/2026-11-23/pay"


def post(amount: int = 5) -> Act[HttpPost]:
    """The act of asking for something, always under the same key."""
    argument = HttpPost(system="shop", path="/orders", body={"amount": amount})
    return Act(key=KEY, digest=digest_of(argument), argument=argument)


class Shop:
    """The HTTP tool before one system, with a ledger of its own."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database
        self.tools: list[HttpActivities] = []

    def tool(self, url: str, more: str = "", limit_s: float = 10.0) -> HttpActivities:
        """As a worker with these settings has it."""
        (self.folder / "systems.toml").write_text(f'[shop]\nbase_url = "{url}"\n{more}')
        flags = {"SIGNOFF_SYSTEMS": "systems.toml", "SHOP_TOKEN": "secret-word"}
        made = HttpActivities(load_settings(flags, self.folder), self.database, limit_s)
        self.tools.append(made)
        return made

    def state(self) -> State:
        """Of the only effect."""
        entry = self.database.transact(lambda connection: find_entry(connection, KEY))
        assert entry
        return entry.state
