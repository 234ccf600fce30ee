"""`python -m workers.seed`: what it loads, and what it says when it cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from activities.stores.crm import busy_times, find_lead
from activities.stores.database import Database
from activities.stores.tables import LEADS, MEETINGS
from activities.stores.tickets import find_ticket, put_closing, resolution_of
from contracts.errors import BadInput
from contracts.tickets import CloseTicket, FiledTicket, Resolution
from runtime.settings import load_settings
from workers.seed import SAMPLES, TICKETS, read_leads, seed

ROOT = SAMPLES.parent.parent
TICKET = FiledTicket.model_validate_json(TICKETS.read_text(encoding="utf-8").splitlines()[0])
LEAD = json.loads(SAMPLES.read_text(encoding="utf-8").splitlines()[0])

COUNTS = {"leads": 25, "tickets": 20, "credit_files": 8, "cities": 17, "flights": 200, "hotels": 80, "rates": 23}
ALL = "25 leads, 20 tickets, 8 credit files, 17 cities, 200 flights, 80 hotels and 23 rates"


def run(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The program, in a folder that is not the repository's."""
    command = [sys.executable, "-m", "workers.seed", *arguments]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=False
    )


def test_the_samples_are_loaded_from_any_folder(tmp_path: Path) -> None:
    where = f"sqlite:///{tmp_path}/.signoff/signoff.db"
    first = run(tmp_path)
    assert (first.returncode, first.stdout, first.stderr) == (0, f"{ALL} in {where}\n", "")
    again = run(tmp_path, "--json")
    assert json.loads(again.stdout) == {**COUNTS, "database": where}


def test_loading_twice_is_loading_once(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert seed(settings) == seed(settings) == COUNTS
    database = Database(settings.database_url)
    leads = database.transact(lambda connection: connection.scalar(select(func.count()).select_from(LEADS)))
    meetings = database.transact(lambda connection: connection.execute(select(MEETINGS.c.key)).all())
    assert leads == 25
    assert len(meetings) == len(set(meetings)) > 0
    lead = database.transact(lambda connection: find_lead(connection, "lead-001"))
    assert lead is not None
    assert lead.model_dump(mode="json") == LEAD
    assert database.transact(lambda connection: busy_times(connection, lead.owner.email))
    ticket = database.transact(lambda connection: find_ticket(connection, "ticket-001"))
    assert ticket is not None
    assert (ticket.closed, ticket.log_characters) == (False, len(TICKET.log))
    assert ticket.model_dump(exclude={"log_characters"}) == TICKET.model_dump(exclude={"log_characters", "log"})
    database.close()


def test_a_closed_ticket_stays_closed_when_the_samples_are_loaded_again(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    seed(settings)
    database = Database(settings.database_url)
    closing = CloseTicket(ticket_id="ticket-001", resolution=Resolution.SOLVED, message="Done.")
    database.transact(lambda connection: put_closing(connection, "key", closing))
    seed(settings)
    assert database.transact(lambda connection: resolution_of(connection, "ticket-001")) is Resolution.SOLVED
    database.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 3: Invalid JSON"),
        ("[]", "line 3: "),
        (json.dumps(LEAD | {"email": "nobody"}), "line 3: email: "),
        (json.dumps(LEAD | {"owner": {"name": "Ann"}}), "line 3: owner.email: "),
        (json.dumps(LEAD), "line 3: lead lead-001 stands on line 1 already"),
    ],
)
def test_a_line_that_is_no_lead_is_named(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "leads.jsonl"
    file.write_text(f"{json.dumps(LEAD)}\n\n{line}\n")
    settings = load_settings({}, tmp_path)
    with pytest.raises(BadInput) as caught:
        seed(settings, file)
    assert f"leads.jsonl, {words}" in caught.value.message
    assert "\n" not in caught.value.message
    assert not settings.state.exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none.jsonl cannot be read: No such file"):
        list(read_leads(tmp_path / "none.jsonl"))
    (tmp_path / "latin.jsonl").write_bytes('{"name": "Groß"}'.encode("latin-1"))
    with pytest.raises(BadInput, match=r"latin.jsonl cannot be read: it is not UTF-8"):
        list(read_leads(tmp_path / "latin.jsonl"))


@pytest.mark.parametrize(
    ("url", "code"), [("sqlite:////proc/none/x.db", 2), ("postgresql://a:secret-word@127.0.0.1:1/x", 1), ("x", 2)]
)
def test_a_database_that_cannot_be_used_is_one_line_on_stderr(tmp_path: Path, url: str, code: int) -> None:
    ended = run(tmp_path, SIGNOFF_DATABASE_URL=url)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1)
    assert "SIGNOFF_DATABASE_URL" in ended.stderr
    assert "secret-word" not in ended.stderr
    assert ended.stderr.startswith("signoff: ")


def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / ".signoff" / "signoff.db"
    file.parent.mkdir()
    file.write_text("no database")
    ended = run(tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"signoff: {file} is not an SQLite database: restore it, or move it away")
    assert file.read_text() == "no database"


def test_a_full_disk_is_said_with_what_to_mend(tmp_path: Path) -> None:
    limited = (
        "import resource, sys, workers.seed as s; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); sys.exit(s.main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"signoff: {tmp_path}/.signoff cannot be written (File too large); mend that")
