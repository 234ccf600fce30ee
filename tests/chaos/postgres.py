"""A PostgreSQL of one's own, with its state on disk, kept running whatever is done to it."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.activities.servers import SERVICE_USER, find_program, free_port, service_folder
from tests.support.waiting import eventually

_USER = SERVICE_USER if os.geteuid() == 0 else None


def has_postgres() -> bool:
    """Whether it is installed."""
    return find_program("initdb") is not None and find_program("postgres") is not None


class Postgres:
    """One server."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._data = folder / "data"
        self.pid = 0
        """Of the server that runs now."""

    @property
    def url(self) -> str:
        """As in SIGNOFF_DATABASE_URL."""
        return f"postgresql://signoff:secret-word@127.0.0.1:{self._port}/postgres"

    async def prepare(self) -> None:
        """Make an empty cluster."""
        options = ("-U", "signoff", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        await asyncio.to_thread(self._run, "initdb", "-D", str(self._data), *options)

    async def keep(self) -> None:
        """Until it is cancelled. A killed one's children hold its memory for a moment: the next one tries again."""
        options = ("-D", str(self._data), "-F", "-h", "127.0.0.1", "-p", str(self._port), "-k", str(self._folder))
        while True:
            with (self._folder / "log").open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    str(find_program("postgres")), *options, user=_USER, cwd=self._folder, stdout=log, stderr=log
                )
            self.pid = process.pid
            try:
                await process.wait()
                await asyncio.sleep(0.2)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    async def ready(self) -> None:
        """Wait until it lets us in. Raises AssertionError."""
        probe = (str(find_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self._port))

        async def look() -> bool:
            return (await asyncio.to_thread(subprocess.run, probe, check=False)).returncode == 0

        await eventually(look, f"PostgreSQL answers (see {self._folder / 'log'})", 60)

    def _run(self, program: str, *arguments: str) -> None:
        command = (str(find_program(program)), *arguments)
        subprocess.run(command, check=True, user=_USER, cwd=self._folder, stdout=subprocess.DEVNULL)


@asynccontextmanager
async def running_postgres() -> AsyncIterator[Postgres]:
    """A server that answers."""
    with service_folder() as folder:
        postgres = Postgres(folder)
        await postgres.prepare()
        keeper = asyncio.create_task(postgres.keep())
        try:
            await postgres.ready()
            yield postgres
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
