"""Databases and servers that several of these tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from activities.stores.database import Database
from tests.activities.notice_desk import Desk
from tests.activities.servers import ImapServer, certificate, imap_server, postgres
from tests.activities.stage import Stage
from tests.activities.tools.smtp import smtp_server
from tests.activities.tools.web import web_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server, without a database's name."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def localhost_pem() -> Iterator[Path]:
    """A certificate for localhost with its key."""
    with certificate() as file:
        yield file


@pytest.fixture(scope="session")
def imap(localhost_pem: Path) -> Iterator[ImapServer]:
    """An IMAP server."""
    with imap_server(localhost_pem) as server:
        yield server


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: str) -> str:
    """A PostgreSQL database of this test's own."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    server = postgres_server.replace("postgresql", "postgresql+psycopg")
    admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{postgres_server}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/signoff.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database of each kind."""
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def stage(database: Database) -> Stage:
    """A stage on each kind of database."""
    return Stage(database)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A mail server and a chat tool."""
    made = Desk(tmp_path)
    async with smtp_server(made.mailbox), web_server(made.web):
        yield made
    for one in made.activities:
        await one.close()
