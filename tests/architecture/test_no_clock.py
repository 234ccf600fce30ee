"""Workflow code asks the run for the time and for chance, and nobody for files.

Steps and patterns are imported outside the sandbox, so this stands in its place for them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "workflows").rglob("*.py"))

OF_THE_RUN = {"workflow.now", "workflow.random", "workflow.uuid4"}
CLOCKS = {"now", "today", "utcnow", "monotonic", "perf_counter", "time_ns"}
CHANCE = {"random", "uuid1", "uuid4", "urandom", "token_hex"}
BUILT_IN = {"open", "input", "print", "eval", "exec", "id", "hash", "__import__"}
"""`id` and `hash` differ from one process to the next."""


def forbidden(code: str) -> Iterator[str]:
    """What workflow code must not call, with its line."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        last = name.rpartition(".")[2]
        of_others = isinstance(node.func, ast.Attribute) and last in CLOCKS | CHANCE
        if (name in BUILT_IN or of_others) and name not in OF_THE_RUN:
            yield f"line {node.lineno}: {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_workflow_code_has_no_clock_and_no_chance_of_its_own(path: Path) -> None:
    assert list(forbidden(path.read_text())) == []


@pytest.mark.parametrize(
    "code", ["datetime.now(UTC)", "date.today()", "time.monotonic()", "random.random()", "uuid.uuid4()", "open('x')"]
)
def test_the_test_finds_them(code: str) -> None:
    assert list(forbidden(code))
    assert not list(forbidden("workflow.now(); workflow.random().uniform(0, 1); workflow.uuid4()"))
