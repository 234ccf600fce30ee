"""`signoff batch` from outside: killed, and given again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from temporalio.client import Client

from tests.e2e.conftest import ROOT, Shell, environment

MESSY = str(ROOT / "samples" / "sales-follow-up" / "leads-messy.csv")


def stack_of(shell: Shell) -> Any:
    """What the running stack says of itself."""
    return json.loads((shell.folder / ".signoff" / "stack.json").read_text())


def listed(shell: Shell, occasion: str) -> list[str]:
    """The runs of an occasion, as the server knows them: quicker than a command, for a batch waits only so long."""

    async def ids() -> list[str]:
        client = await Client.connect(stack_of(shell)["temporal"])
        runs = client.list_workflows("WorkflowType='SalesFollowUp'")
        return [run.id async for run in runs if run.id.endswith(f"/{occasion}")]

    return asyncio.run(ids())


@contextmanager
def frozen_worker(shell: Shell) -> Iterator[None]:
    """Nothing that was started gets anywhere: whoever allows one run at a time starts one, and waits."""
    worker = stack_of(shell)["children"]["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def test_a_batch_that_is_killed_goes_on_and_starts_nothing_twice(shell: Shell) -> None:
    (shell.folder / "leads.jsonl").write_text(
        "".join(f'{{"lead_id": "lead-{n:03}", "occasion": "killed"}}\n' for n in range(1, 5))
    )
    command = ("batch", "sales-follow-up", "leads.jsonl", "--max-in-flight", "1", "--json")
    for how in (signal.SIGKILL, signal.SIGINT):
        before = len(listed(shell, "killed"))
        with frozen_worker(shell):
            first = subprocess.Popen(
                (sys.executable, "-m", "starters", *command),
                cwd=shell.folder,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                # Who starts the tests in the background has them ignore Ctrl-C, and the batch after them.
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
            )
            end = time.monotonic() + 60
            while len(listed(shell, "killed")) <= before:
                assert time.monotonic() < end, "no run"
            first.send_signal(how)
            out, err = first.communicate(timeout=30)
        assert out == ""
        if how == signal.SIGINT:
            assert first.returncode == 130, err
            assert err.splitlines()[-1].endswith("attaches to the runs that were started, and goes on")
        for run in listed(shell, "killed"):
            shell.waiting(run)
    told = shell.signoff(*command)
    assert told.code == 0, told.err
    assert (told.json["attached"], told.json["started"], told.json["waiting"]) == (2, 2, 4)
    assert len(set(listed(shell, "killed"))) == len(listed(shell, "killed")) == 4


def test_the_messy_sample_runs_where_it_can_and_says_the_rest_in_plain_lines(shell: Shell) -> None:
    done = shell.signoff("batch", "sales-follow-up", MESSY, "--occasion", "messy", "--by", "bob")
    assert done.code == 1
    assert (
        done.out.splitlines()[0] == "sales-follow-up: 4 runs, at most 6.75 USD (1.69 each on average; --budget sets it)"
    )
    assert "  4 wait for a person, 0 succeeded, 0 stopped, 0 failed" in done.out
    assert "  8 bad rows, 1 duplicates left out" in done.out
    assert "line 14: budget.usd: EUR is a currency" in done.err
    assert "Traceback" not in done.err
    lines = [line for line in done.err.splitlines() if " line " in line]
    assert len(lines) == 9


def test_what_cannot_be_a_batch_is_one_line(shell: Shell) -> None:
    (shell.folder / "odd.csv").write_text("lead,send\nlead-001,now\n")
    for argv, words in (
        (("sales-follow-up", "odd.csv"), 'odd.csv has a column "lead", and sales-follow-up no such field'),
        (("sales-follow-up", "none.csv"), "none.csv cannot be read: No such file"),
        (("sales-follow-up", "odd.csv", "--budget", '{"eur": 1}'), "--budget: eur"),
    ):
        done = shell.signoff("batch", *argv)
        assert (done.code, words in done.error) == (2, True), done.error
