"""docs/add-a-process.md is walked: in a copy of the tree, from nothing to a process that runs."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, environment

PAGE = (ROOT / "docs" / "add-a-process.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL))
SNIPPETS = re.findall(r"(?<!`\n\n)```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".signoff", "__pycache__", ".pytest_cache", "histories", "pictures")


def run(tree: Path, *command: str) -> str:
    """What a command in the copy prints. It finds the copy's packages before those of this tree."""
    done = subprocess.run(
        (sys.executable, *command),
        cwd=tree,
        env=environment(PYTHONPATH=str(tree), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, with the type checker's cache where there is one: it knows what has not changed."""
    copy = tmp_path_factory.mktemp("copy") / "tree"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    return copy


def test_the_walk_leads_from_nothing_to_a_process_that_runs(tree: Path) -> None:
    assert {"contracts/minutes.py", "workflows/minutes.py", "activities/prompts/minutes/summarise.md"} < FILES.keys()
    assert not [place for place in FILES if (tree / place).exists()]
    made = json.loads(run(tree, "-m", "starters", "new", "minutes", "--json"))
    assert made["root"] == str(tree)
    # The page shows what the command writes; from here on it is the page's own code that runs.
    assert {place: (tree / place).read_text(encoding="utf-8") for place in FILES} == FILES
    for number, snippet in enumerate(SNIPPETS):
        (tree / "tests" / f"snippet_{number}.py").write_text(f'"""From the page."""\n\n{snippet}', encoding="utf-8")
    files = [place for place in (*made["written"], *made["changed"]) if place.endswith(".py")]
    assert len(SNIPPETS) == 2
    run(tree, "-m", "ruff", "format", "--check", *files, "tests")
    run(tree, "-m", "ruff", "check", *files, "tests")
    run(tree, "-m", "mypy")
    run(
        tree, "-c", "import sys; from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo'])"
    )
    (tree / "tests" / "replay" / "histories" / "approvers").mkdir(parents=True)
    tests = (
        "tests/contracts/test_samples.py",
        "tests/workflows/test_processes_pages.py",
        "tests/contracts/test_golden.py",
    )
    told = run(tree, "-m", "pytest", "-q", "-n0", "tests/workflows/test_minutes.py", *tests)
    assert " passed" in told
    assert "minutes: Summarise one text" in run(tree, "-m", "starters", "map", "minutes")


def test_a_process_that_is_there_is_not_made_again(tree: Path) -> None:
    before = (tree / "contracts" / "minutes.py").read_bytes()
    done = subprocess.run(
        (sys.executable, "-m", "starters", "new", "minutes"),
        cwd=tree,
        env=environment(PYTHONPATH=str(tree)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "signoff: contracts/minutes.py is there already: give the process another name, or remove it first\n"
    )
    assert (tree / "contracts" / "minutes.py").read_bytes() == before
