"""Databases and servers that several of these tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from activities.stores.database import Database
from tests.activities.servers import ImapServer, certificate, imap_server, postgres


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/signoff.db"
    server: str = request.getfixturevalue("postgres_server")
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    admin = create_engine(
        server.replace("postgresql", "postgresql+psycopg") + "/postgres", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{server}/{name}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database of each kind."""
    made = Database(database_url)
    yield made
    made.close()
