"""Every command in the README runs as written."""

import json
import re
import subprocess
from pathlib import Path

from tests.e2e.conftest import ROOT, Shell, environment

README = (ROOT / "README.md").read_text(encoding="utf-8")
NEEDS_A_GATE = re.compile(r"(?:signoff approve|--workflow-id) ((?:\$\(.*?\)|\S)+)")


def lines() -> list[str]:
    """The lines of all shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_every_make_target_in_the_readme_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= targets


def test_ci_runs_the_two_commands() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    assert "make demo YES=1" in ci
    # `make check` ends with what `make test` runs.
    assert "make check" in ci


def test_every_other_command_runs_as_written(shell: Shell) -> None:
    stack = json.loads((shell.folder / ".signoff" / "stack.json").read_text())
    # At home the stack is where the temporal CLI looks by itself; a test's stack takes free ports.
    variables = environment(TEMPORAL_ADDRESS=stack["temporal"])
    ran = 0
    for line in lines():
        if line.startswith(("make ", ". .venv")):
            continue
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            variables[name] = value
            continue
        if waits := NEEDS_A_GATE.search(line):
            shell.waiting(bash(f"echo {waits[1]}", shell.folder, variables).stdout.strip())
        done = bash(line, shell.folder, variables)
        assert done.returncode == 0, (line, done.stderr)
        ran += 1
    assert ran >= 10


def bash(line: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One line, as a person types it."""
    return subprocess.run(
        ("bash", "-c", line), cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_table_command_is_one_that_the_cli_knows(shell: Shell) -> None:
    for words in re.findall(r"`signoff ([a-z]+)", README):
        assert shell.signoff(words, "--help").code == 0, words
