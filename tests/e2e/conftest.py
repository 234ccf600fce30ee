"""An embedded stack with a scripted model, and the commands as people run them against it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command
from tests.support.world import GOOD

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one JSON object."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Its one line on stderr; stdout must have stayed empty."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert "Traceback" not in line
        return line


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIGNOFF_", "TEMPORAL_"))}
    scripts = str(Path(sys.executable).parent)
    return kept | {"PATH": os.pathsep.join((scripts, kept.get("PATH", "")))} | variables


@dataclass(frozen=True)
class Shell:
    """A folder to run commands in."""

    folder: Path

    def signoff(self, *arguments: str, stdin: str = "", **variables: str) -> Result:
        """`signoff ARGUMENTS`."""
        done = command(arguments, self.folder, environment(**variables), stdin)
        return Result(done.returncode, done.stdout, done.stderr)

    def together(self, *commands: Sequence[str]) -> list[Result]:
        """Several commands at the same time, for those that wait."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda command: self.signoff(*command), commands))

    def waiting(self, workflow_id: str) -> dict[str, Any]:
        """The run's open gate, as `list --waiting` shows it, once it is there."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for run in self.signoff("list", "--waiting", "--json").json["runs"]:
                if run["workflow_id"] == workflow_id:
                    gate: dict[str, Any] = run["waiting"][0]
                    return gate
        raise AssertionError(f"{workflow_id} does not wait")


@contextmanager
def stack_in(folder: Path) -> Iterator[None]:
    """An embedded stack with a scripted model, ready for use."""
    (folder / "script.json").write_text(json.dumps(GOOD))
    (folder / "samples").symlink_to(ROOT / "samples")
    process = subprocess.Popen(
        (sys.executable, "-m", "workers.stack", "--any-ports", "--quiet"),
        cwd=folder,
        env=environment(SIGNOFF_MODELS="scripted:script.json"),
        stdin=subprocess.DEVNULL,
    )
    state = folder / ".signoff" / "stack.json"
    try:
        end = time.monotonic() + 60
        while not (state.exists() and json.loads(state.read_text()).get("ready")):
            assert process.poll() is None, "the stack ended"
            assert time.monotonic() < end, "the stack is not ready"
            # How often to look, not how long it takes.
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Commands in the folder of a running stack."""
    folder = tmp_path_factory.mktemp("stack")
    with stack_in(folder):
        yield Shell(folder)
