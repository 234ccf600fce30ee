"""What several tests of tools share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.stores.database import Database
from tests.activities.tools.shop import Shop


@pytest.fixture
async def shop(tmp_path: Path, database: Database) -> AsyncIterator[Shop]:
    """A shop on each kind of database."""
    made = Shop(tmp_path, database)
    yield made
    for tool in made.tools:
        await tool.close()
