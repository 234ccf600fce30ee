"""A worker says of its database what is wrong when it starts."""

from pathlib import Path

from sqlalchemy import text
from temporalio.testing import WorkflowEnvironment

from activities.stores.database import Database
from activities.stores.migrations import STEPS, VERSIONS
from tests.support.server import address, free_port
from tests.workers.processes import refusal, running, until

NOWHERE = "127.0.0.1:1"


def test_a_worker_that_is_older_than_the_tables_does_not_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/signoff.db"
    database = Database(url)
    newer = text(f"INSERT INTO {VERSIONS} VALUES (99, '2027-01-01 00:00:00')")
    database.transact(lambda connection: connection.execute(newer))
    database.close()
    settings = {"SIGNOFF_DATABASE_URL": url, "SIGNOFF_MODELS": "local", "TEMPORAL_ADDRESS": NOWHERE}
    code, said = refusal("-m", "workers", folder=tmp_path, **settings)
    assert code == 2
    known = f"its tables are of version 99, this program knows {len(STEPS)}: update the program"
    assert said == f"signoff worker: the database {url} cannot be used: {known}\n"


def test_a_worker_starts_though_its_database_is_away_and_says_so(env: WorkflowEnvironment, tmp_path: Path) -> None:
    away = f"postgresql://signoff:secret-word@127.0.0.1:{free_port()}/signoff"
    settings = {"SIGNOFF_DATABASE_URL": away, "SIGNOFF_MODELS": "local", "TEMPORAL_ADDRESS": address(env)}
    ready = tmp_path / "ready"
    with running("-m", "workers", "--ready-file", str(ready), folder=tmp_path, **settings) as worker:
        until(ready.exists, "the worker polls")
        worker.terminate()
        _, said = worker.communicate(timeout=60)
    (line,) = [line for line in said.splitlines() if "database" in line]
    assert line.startswith("signoff worker: the database postgresql://signoff:***@127.0.0.1:")
    assert line.endswith("see SIGNOFF_DATABASE_URL; until then runs wait for it")
