"""The embedded stack as starters see it; a program stands in for it here."""

import json
import os
import sys
from pathlib import Path

import pytest

from starters import embedded
from starters.embedded import ready_stack, running_stack
from starters.failures import Failure

STACK = {"temporal": "127.0.0.1:1", "namespace": "default", "ui": "http://127.0.0.1:2", "maildir": "mail"}

PROGRAM = """
import json, os, pathlib, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
path = pathlib.Path(".signoff/stack.json")
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps({STACK} | {{"pid": os.getpid(), "ready": True}}))
signal.sigwait([signal.SIGTERM])
path.unlink()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything happens in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(embedded, "PROGRAM", (sys.executable, "-c", text))


def said(**fields: object) -> None:
    Path(".signoff").mkdir(exist_ok=True)
    Path(".signoff/stack.json").write_text(json.dumps({**STACK, **fields}))


def test_a_stack_runs_where_its_file_is_and_its_process_lives() -> None:
    assert running_stack() is None
    said(pid=os.getpid(), ready=False)
    found = running_stack()
    assert found is not None
    assert found.flags.items() >= {"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_API_KEY": ""}.items()
    said(pid=2**22 + 1)
    assert running_stack() is None
    Path(".signoff/stack.json").write_text("{")
    assert running_stack() is None


def test_a_stack_that_runs_is_used_and_left_running() -> None:
    said(pid=os.getpid(), ready=True)
    with ready_stack(lambda _: None) as (stack, child):
        assert (stack.pid, child) == (os.getpid(), None)
    assert running_stack() is not None


def test_a_stack_that_was_started_here_is_ended_here(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, PROGRAM.format(STACK=STACK))
    waits: list[str] = []
    with ready_stack(waits.append) as (stack, child):
        assert child is not None
        assert stack.pid == child.pid
        assert child.poll() is None
    assert child.returncode == 0
    assert running_stack() is None
    assert waits[0] == "starting the embedded stack …"


def test_a_stack_is_ended_when_what_it_was_for_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, PROGRAM.format(STACK=STACK))
    with pytest.raises(ZeroDivisionError), ready_stack(lambda _: None) as (_, child):
        raise ZeroDivisionError
    assert child is not None
    assert child.returncode == 0


def test_a_stack_that_does_not_start_says_why_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, "import sys; print('noise\\nsignoff: no room', file=sys.stderr); sys.exit(2)")
    with pytest.raises(Failure) as raised, ready_stack(lambda _: None):
        pass
    assert (raised.value.code, raised.value.line) == (2, "no room")


def test_a_stack_that_is_killed_while_it_starts_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(Failure, match="ended") as raised, ready_stack(lambda _: None):
        pass
    assert raised.value.code == 1
