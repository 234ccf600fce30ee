"""Large payloads from outside: every command reads what a run keeps outside its history, and says what is missing."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Shell, stack_in

LEAD = '{"lead_id": "lead-007"}'


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A stack that keeps almost everything outside history."""
    folder = tmp_path_factory.mktemp("blobs")
    (folder / ".env").write_text("SIGNOFF_BLOBS_ABOVE=1024\n")
    with stack_in(folder):
        yield Shell(folder)


def blobs(shell: Shell) -> dict[str, Path]:
    """Files by digest."""
    return {path.name: path for path in (shell.folder / ".signoff" / "blobs" / "content").glob("*/*")}


def start(shell: Shell, occasion: str) -> str:
    started = shell.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", occasion, "--json").json
    return str(started["workflow_id"])


def kill_worker(shell: Shell) -> None:
    """And wait until the stack has another one."""
    stack = shell.folder / ".signoff" / "stack.json"
    before = json.loads(stack.read_text())["children"]["worker"]
    os.kill(before, signal.SIGKILL)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        now = json.loads(stack.read_text())
        if now["ready"] and now["children"]["worker"] != before:
            return
        # How often to look, not how long it takes.
        time.sleep(0.1)
    raise AssertionError("there is no other worker")


def test_a_run_goes_on_after_its_worker_s_death_and_every_command_reads_its_payloads(shell: Shell) -> None:
    run = start(shell, "killed")
    shell.waiting(run)
    assert blobs(shell)
    kill_worker(shell)
    assert shell.signoff("approve", run, "--by", "ann").code == 0
    assert shell.signoff("watch", run).code == 0

    shown = shell.signoff("show", run, "--full", "--json").json
    assert shown["status"] == "completed"
    asked = [one for one in shown["decisions"] if one["by"] == "model"]
    assert asked
    assert all(one["output"]["prompt"] and one["input"] for one in asked)
    audited = shell.signoff("audit", run, "--out", "proof.json", "--json")
    assert audited.json["effects"] == 2
    assert shell.signoff("audit", "verify", "proof.json").code == 0
    assert shell.signoff("report").code == 0
    assert shell.signoff("doctor").code == 0


def test_what_is_missing_is_said_by_name(shell: Shell) -> None:
    run = start(shell, "robbed")
    shell.waiting(run)
    mine = blobs(shell)
    for path in mine.values():
        path.rename(shell.folder / path.name)

    shown = shell.signoff("show", run)
    assert shown.code == 0
    lost = [line for line in shown.out.splitlines() if line.startswith("Not all can be told: the blob ")]
    assert lost
    assert lost[0].split()[7] in mine
    assert "restore it from a backup, or name the store that holds it in SIGNOFF_BLOBS" in lost[0]
    assert len(shell.signoff("show", run, "--json").json["lost"]) == len(lost)
    audited = shell.signoff("audit", run)
    assert (audited.code, f"{run} cannot be proven: the blob " in audited.error) == (1, True)
    doctor = shell.signoff("doctor", "--json")
    assert doctor.code == 1
    (about,) = [check for check in doctor.json["checks"] if check["about"] == "large payloads"]
    assert set(about["missing"]) <= set(mine)
    assert f"{len(about['missing']):,} missing (" in about["advice"]

    for name, path in mine.items():
        (shell.folder / name).rename(path)
    assert shell.signoff("show", run).out.count("Not all can be told") == 0
    assert shell.signoff("doctor").code == 0


def test_a_command_that_looks_elsewhere_says_so(shell: Shell) -> None:
    run = start(shell, "elsewhere")
    shell.waiting(run)

    shown = shell.signoff("show", run, SIGNOFF_BLOBS="off")

    assert "is not in any store (SIGNOFF_BLOBS is off)" in shown.out
