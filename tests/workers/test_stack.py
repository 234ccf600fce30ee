import resource
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributePair, TypedSearchAttributes

import workers.preflight
from contracts.visibility import SIGNOFF_PHASE, Phase
from tests.workers.processes import is_alive, kill, refusal, running, until
from workers.disk import StateError
from workers.ports import LOOPBACK, Ports
from workers.preflight import choose_addresses
from workers.state import AlreadyRunning, StackFile, State

STACK = ("-P", "-m", "workers.stack", "--any-ports")
CHILDREN = ["temporal", "model", "mail", "worker", "inbox"]

ELSEWHERE = """
TEMPORAL_ADDRESS=production.example:7233
TEMPORAL_API_KEY=not-for-this-stack
SIGNOFF_SMTP_URL=smtp://production.example
SIGNOFF_MODELS=local
"""


class Running:
    """A stack that runs in a folder."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.state = State(folder)

    def ready(self) -> StackFile | None:
        """What it says of itself once everything works. A file with another pid is a killed stack's."""
        assert self.process.poll() is None, self.process.communicate()
        if not self.state.stack_file.exists():
            return None
        stack = StackFile.model_validate_json(self.state.stack_file.read_bytes())
        return stack if stack.ready and stack.pid == self.process.pid else None

    def wait(self) -> StackFile:
        return until(self.ready, "the stack is ready", within_s=60)


@contextmanager
def stack(folder: Path) -> Iterator[Running]:
    with running(*STACK, folder=folder) as process:
        yield Running(process, folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One stack for the tests that leave it as they found it; its folder speaks of other servers and other packages."""
    folder = tmp_path_factory.mktemp("stack")
    (folder / ".env").write_text(ELSEWHERE)
    (folder / "workers.py").write_text("raise SystemExit('not the package that was meant')")
    with stack(folder) as started:
        started.wait()
        yield started


def test_when_it_is_ready_everything_answers(shared: Running) -> None:
    at = shared.wait()
    assert sorted(at.children) == sorted(CHILDREN)
    assert at.pid == shared.process.pid
    for url in (at.temporal, at.ui, at.inbox, at.model, at.smtp):
        assert url
        host, port = url.removesuffix("/v1").rsplit("/", 1)[-1].split(":")
        socket.create_connection((host, int(port)), timeout=2).close()


def test_its_mails_stay_in_its_maildir_whatever_the_settings_say(shared: Running) -> None:
    at = shared.wait()
    with smtplib.SMTP(at.smtp.removeprefix("smtp://")) as client:
        client.sendmail("ann@example.com", ["bob@example.com"], b"Subject: kept\r\n\r\n")

    assert list((Path(at.maildir) / "new").iterdir())
    assert at.maildir == str(shared.state.maildir)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the environment of a process from /proc")
def test_its_worker_is_told_of_no_other_server(shared: Running) -> None:
    at = shared.wait()
    words = Path(f"/proc/{at.children['worker']}/environ").read_text().split("\0")

    assert f"TEMPORAL_ADDRESS={at.temporal}" in words
    assert f"SIGNOFF_SMTP_URL={at.smtp}" in words
    assert f"SIGNOFF_MAIL_PROBE=maildir:{at.maildir}" in words
    assert "TEMPORAL_API_KEY=" in words


def test_a_second_stack_in_the_folder_says_where_the_first_one_is(shared: Running) -> None:
    at = shared.wait()
    code, said = refusal(*STACK, folder=shared.state.path.parent)

    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(f"signoff: a stack is already running here (pid {at.pid}, Temporal UI {at.ui})")
    assert shared.wait() == at


@pytest.mark.parametrize("name", CHILDREN)
def test_a_child_that_is_killed_comes_back_at_the_same_address(shared: Running, name: str) -> None:
    before = shared.wait()

    kill(before.children[name])

    def healed() -> StackFile | None:
        now = shared.ready()
        return now if now and now.children[name] != before.children[name] else None

    after = until(healed, f"{name} works again")
    assert after.model_copy(update={"children": {}}) == before.model_copy(update={"children": {}})


async def test_what_was_waiting_still_waits_after_a_kill_and_no_process_is_left(tmp_path: Path) -> None:
    with stack(tmp_path) as first:
        at = first.wait()
        client = await Client.connect(at.temporal)
        attributes = TypedSearchAttributes([SearchAttributePair(SIGNOFF_PHASE, Phase.WAITING.value)])
        await client.start_workflow("Waits", id="w", task_queue="nobody", search_attributes=attributes)
        first.process.kill()
        if sys.platform == "linux":
            until(lambda: not any(map(is_alive, at.children.values())), "its children are gone")

    with stack(tmp_path) as second:
        at = second.wait()
        client = await Client.connect(at.temporal)
        assert (await client.get_workflow_handle("w").describe()).status == WorkflowExecutionStatus.RUNNING
        second.process.send_signal(signal.SIGTERM)
        said, complained = second.process.communicate(timeout=60)

    assert second.process.returncode == 0
    assert not [name for name, pid in at.children.items() if is_alive(pid)]
    assert not second.state.stack_file.exists()
    assert complained == ""
    assert at.ui in said
    assert at.maildir in said
    assert "ready in " in said
    assert "Ctrl-C ends it" in said


def test_a_child_that_cannot_run_ends_the_stack_with_its_name(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.path.mkdir()
    (state.path / "temporal.db").mkdir()
    with running(*STACK, "--quiet", folder=tmp_path) as process:
        said, complained = process.communicate(timeout=60)

    assert (process.returncode, said) == (1, "")
    assert complained.startswith("signoff: temporal ended with code ")
    assert complained.count("\n") == 1
    assert str(state.logs / "temporal.log") in complained


NOTHING_STARTED = ["lock", "logs"]


def test_a_missing_model_is_said_before_anything_starts(tmp_path: Path) -> None:
    without = "import sys, workers.model_server as m, workers.stack as s; m.WEIGHTS = 'gone.gguf'; sys.exit(s.main())"
    code, said = refusal("-c", without, folder=tmp_path)

    assert (code, said.count("\n")) == (2, 1)
    assert "make install" in said
    assert sorted(file.name for file in (tmp_path / ".signoff").iterdir()) == NOTHING_STARTED


def test_a_setting_that_cannot_be_right_is_said_before_anything_starts(tmp_path: Path) -> None:
    code, said = refusal(*STACK, folder=tmp_path, SIGNOFF_MODELS="nobody:x")

    assert (code, said.count("\n")) == (2, 1)
    assert "SIGNOFF_MODELS" in said
    assert sorted(file.name for file in (tmp_path / ".signoff").iterdir()) == NOTHING_STARTED


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    limited = (
        "import resource, sys, workers.stack as s;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (0, {resource.RLIM_INFINITY})); sys.exit(s.main())"
    )
    code, said = refusal("-c", limited, folder=tmp_path)

    assert (code, said.count("\n")) == (2, 1)
    assert f"{tmp_path / '.signoff'} cannot be written (File too large)" in said


def test_too_little_room_is_said_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.disk.SPACE_NEEDED", 1 << 60)
    with pytest.raises(StateError, match=r"\.signoff cannot be written \(\d+ MB are free, \d+ MB are needed\)"):
        State(tmp_path).held().__enter__()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "says"),
    [("signoff.db", "to begin with an empty one"), ("temporal.db", "an empty one (its runs are lost)")],
)
def test_a_corrupt_database_is_said_before_anything_starts(tmp_path: Path, name: str, says: str) -> None:
    file = tmp_path / ".signoff" / name
    file.parent.mkdir()
    file.write_bytes(b"\xa7" * 4096)
    code, said = refusal(*STACK, folder=tmp_path)

    assert code == 2
    assert said.startswith(f"signoff: {file} is not an SQLite database: restore it, or move it away")
    assert said.endswith(f"{says}\n")
    assert sorted(file.name for file in file.parent.iterdir()) == [*NOTHING_STARTED, name]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / ".signoff").write_text("a file")
    code, said = refusal(*STACK, folder=tmp_path)

    assert (code, said.count("\n")) == (2, 1)
    assert f"{tmp_path / '.signoff'} is not a folder" in said


def test_leftovers_of_a_killed_stack_are_ended_and_strangers_are_not(tmp_path: Path) -> None:
    state = State(tmp_path)
    leave = ("-c", "import time; time.sleep(600)")
    with (
        running(*leave, "start-dev", str(state.path / "temporal.db"), folder=tmp_path) as leftover,
        running(*leave, "start-dev", str(tmp_path / "other" / "temporal.db"), folder=tmp_path) as stranger,
    ):
        pids = {"temporal": leftover.pid, "worker": stranger.pid}
        with state.held():
            state.publish(
                StackFile(pid=1, temporal="", namespace="", ui="", model=None, smtp="", maildir="", children=pids)
            )
            stale = state.stack_file.read_bytes()
        state.stack_file.write_bytes(stale)

        with state.held():
            assert leftover.wait(timeout=5) == -signal.SIGTERM
            assert stranger.poll() is None
            assert not state.stack_file.exists()


def test_one_stack_at_a_time_holds_the_folder(tmp_path: Path) -> None:
    with State(tmp_path).held(), pytest.raises(AlreadyRunning, match="a stack is already running here; end it"):
        State(tmp_path).held().__enter__()
    with State(tmp_path).held():
        pass


def test_taken_ports_are_said_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setitem(workers.preflight.DEFAULT_PORTS, "mail", port)
        free = Ports()
        for name in ("Temporal", "Temporal UI"):
            monkeypatch.setitem(workers.preflight.DEFAULT_PORTS, name, free.take(0))
        free.close()
        ports = Ports()
        at = choose_addresses(ports, False, False, said.append)
        ports.close()

    assert said == [f"port {port} is taken: mail is on {at.smtp_port}"]
    assert at.model is None
