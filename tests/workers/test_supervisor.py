import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workers.child
import workers.supervisor
from tests.support.waiting import eventually
from tests.workers.processes import is_alive, kill, running, until
from workers.child import ChildFailed, Program, last_words
from workers.ports import LOOPBACK, Ports
from workers.supervisor import DEATHS_ALLOWED, LONGEST_PAUSE, Restarts, Supervisor

READY = "pathlib.Path(sys.argv[1]).touch()"
SLEEP = "time.sleep(600)"
"""Lines of a child: it says that it works; it goes on."""


class Stage:
    """A supervisor, and makes children for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.seen: list[dict[str, int]] = []
        self.supervisor = Supervisor(lambda: self.seen.append(self.supervisor.pids), self.said.append)

    def program(self, name: str, *lines: str, grace: float = 5.0) -> Program:
        ready = self.folder / f"{name}.ready"
        code = "\n".join(("import pathlib, signal, subprocess, sys, time", *lines))
        command = (sys.executable, "-c", code, str(ready))
        return Program(name, command, {}, self.folder / f"{name}.log", grace, ready)

    async def death(self) -> str:
        with pytest.raises(ChildFailed) as failed:
            await asyncio.wait_for(self.supervisor.failure(), 60)
        return str(failed.value)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    await stage.supervisor.end()
    assert not [pid for pids in stage.seen for pid in pids.values() if is_alive(pid)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.supervisor, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(workers.supervisor, "HEALTH_LIMIT", 0.5)


async def test_a_killed_child_is_started_again_and_works_again(stage: Stage) -> None:
    await stage.supervisor.start(stage.program("one", READY, SLEEP))
    first = stage.supervisor.pids["one"]
    assert stage.supervisor.all_healthy

    kill(first)

    async def healed() -> bool:
        return stage.supervisor.all_healthy and stage.supervisor.pids.get("one") != first

    await eventually(healed, "a new process works")
    assert stage.said == ["one was ended by SIGKILL; starting it again"]
    assert {} in stage.seen  # while it was dead, nobody was told that it runs


@pytest.mark.usefixtures("impatient")
async def test_a_child_that_keeps_dying_is_given_up_with_its_last_words(stage: Stage) -> None:
    starting = asyncio.create_task(
        stage.supervisor.start(stage.program("one", r"print('no\x1bdisk\n')", "sys.exit(7)"))
    )

    message = await stage.death()

    assert message == (
        f"one ended with code 7, the {DEATHS_ALLOWED}th time within 60 s; it said last: no disk "
        f"(see {stage.folder / 'one.log'})"
    )
    assert len(stage.said) == DEATHS_ALLOWED - 1
    starting.cancel()


@pytest.mark.usefixtures("impatient")
async def test_a_child_that_never_works_is_given_up_and_ended(stage: Stage) -> None:
    starting = asyncio.create_task(stage.supervisor.start(stage.program("mute", SLEEP)))

    assert "mute did not answer within" in await stage.death()
    assert stage.supervisor.pids == {}
    starting.cancel()


async def test_a_program_that_is_not_there_is_named(stage: Stage) -> None:
    gone = Program("gone", ("/not/there",), {}, stage.folder / "log")
    starting = asyncio.create_task(stage.supervisor.start(gone))

    assert await stage.death() == "gone cannot be started (No such file or directory: /not/there)"
    starting.cancel()


async def test_a_ready_file_of_an_earlier_life_counts_for_nothing(stage: Stage) -> None:
    program = stage.program("one", READY, SLEEP)
    assert program.ready_file
    program.ready_file.touch()
    began = program.ready_file.stat().st_mtime_ns

    await stage.supervisor.start(program)

    assert program.ready_file.stat().st_mtime_ns > began


async def test_children_end_in_reverse_order(stage: Stage) -> None:
    notes = stage.folder / "notes"
    for name in ("first", "second", "third"):
        leave_note = (
            f"signal.signal(signal.SIGTERM, lambda *_: (open({str(notes)!r}, 'a').write('{name} '), sys.exit()))"
        )
        await stage.supervisor.start(stage.program(name, leave_note, READY, SLEEP))

    await stage.supervisor.end()

    assert notes.read_text() == "third second first "


async def test_a_child_deaf_to_sigterm_is_killed_after_its_grace(stage: Stage) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    await stage.supervisor.start(stage.program("deaf", deaf, READY, SLEEP, grace=0.2))
    pid = stage.supervisor.pids["deaf"]

    await stage.supervisor.end()

    assert not is_alive(pid)


async def test_what_a_child_started_goes_with_it(stage: Stage) -> None:
    note = stage.folder / "grandchild"
    leave_note = f"pathlib.Path({str(note)!r}).write_text(str(subprocess.Popen(['sleep', '600']).pid))"
    await stage.supervisor.start(stage.program("one", leave_note, READY, SLEEP))
    grandchild = int(note.read_text())
    assert is_alive(grandchild)

    await stage.supervisor.end()

    until(lambda: not is_alive(grandchild), "the grandchild is gone")


async def test_a_program_that_runs_once_must_end_well(stage: Stage) -> None:
    await stage.supervisor.run_once(stage.program("good", "sys.exit(0)"))
    with pytest.raises(ChildFailed, match="bad ended with code 3; it said last: no table"):
        await stage.supervisor.run_once(stage.program("bad", "print('no table'); sys.exit(3)"))
    with pytest.raises(ChildFailed, match=r"^mend the table$"):
        await stage.supervisor.run_once(stage.program("clear", "print('signoff: mend the table'); sys.exit(2)"))


async def test_a_log_above_its_limit_starts_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.child, "LOG_LIMIT", 1000)
    log = stage.folder / "one.log"
    log.write_text("x" * 1000)
    await stage.supervisor.run_once(stage.program("one", "print('appended')"))
    assert log.stat().st_size == 1009

    await stage.supervisor.run_once(stage.program("one", "print('anew')"))
    assert log.read_text() == "anew\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children of a parent that was killed")
def test_a_supervisor_that_is_killed_leaves_no_child(tmp_path: Path) -> None:
    code = f"""
import asyncio, pathlib, sys
from workers.child import Program
from workers.supervisor import Supervisor

async def main():
    supervisor = Supervisor(lambda: None, print)
    folder = pathlib.Path({str(tmp_path)!r})
    await supervisor.start(Program("one", (sys.executable, "-c", "import time; {SLEEP}"), {{}}, folder / "log"))
    (folder / "pid").write_text(str(supervisor.pids["one"]))
    await supervisor.failure()

asyncio.run(main())
"""
    with running("-c", code, folder=tmp_path) as process:
        note = tmp_path / "pid"
        child = until(lambda: int((note.exists() and note.read_text()) or 0), "the child runs")
        assert is_alive(child)
        process.kill()
        until(lambda: not is_alive(child), "the child is gone")


def test_pauses_double_up_to_the_longest_and_start_afresh_after_a_long_life() -> None:
    restarts = Restarts()
    rare = [restarts.pause_after_death(now=30.0 * n, lived=20.0) for n in range(8)]
    assert rare == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST_PAUSE, LONGEST_PAUSE]
    assert restarts.pause_after_death(now=1000.0, lived=61.0) == 0.2


@given(st.lists(st.floats(min_value=0, max_value=200), min_size=1, max_size=30))
def test_five_deaths_within_a_minute_are_the_end_and_nothing_less(gaps: list[float]) -> None:
    restarts = Restarts()
    deaths: list[float] = []
    for gap in gaps:
        now = (deaths[-1] if deaths else 0.0) + gap
        deaths.append(now)
        given_up = restarts.pause_after_death(now, lived=gap) is None
        assert given_up == (sum(now - death < 60 for death in deaths) >= DEATHS_ALLOWED)


def test_a_taken_port_gives_way_to_the_next_and_no_port_is_given_twice() -> None:
    first, second = Ports(), Ports()
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        got = first.take(port)
        assert got != port
        assert (got - port) % 10 == 0
        assert first.take(got) != got
        if sys.platform == "linux":
            assert second.take(got) != got  # nobody listens there yet, and still it is another stack's
    first.close()
    assert second.take(port) == port
    second.close()


def test_last_words_are_one_printable_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_words(log) == "nothing"
    log.write_bytes(b"earlier\n" + b"\xff\x1b[31m" + b"x" * 500 + b"\n\n")
    said = last_words(log)
    assert said.isprintable()
    assert len(said) == 300
