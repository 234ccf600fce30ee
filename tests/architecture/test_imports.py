"""What a list of forbidden modules cannot say: names, calls and places. The list itself is import-linter's."""

import ast
import sys

import pytest

from tests.architecture.source import PACKAGES, PYPROJECT, imported, modules, named

PURE = ("contracts", "workflows")

THIRD_PARTY = {"pydantic", "temporalio"}

SIGNATURES = "workflows/steps/signatures.py"
"""The one place that checks them: docs/decisions/0013."""

TEMPORAL = {
    "temporalio.activity",
    "temporalio.common",
    "temporalio.exceptions",
    "temporalio.workflow",
}

CLOCK_CHANCE_AND_IO = {
    "asyncio.as_completed",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.open_connection",
    "asyncio.run",
    "asyncio.sleep",
    "asyncio.to_thread",
    "asyncio.wait",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "uuid.getnode",
    "uuid.uuid1",
    "uuid.uuid4",
}
"""`workflow.now()`, `.sleep()`, `.wait()` and `.uuid4()` take their place in a workflow: they survive a replay."""

BUILT_IN_IO = {"input", "open", "print"}

ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.path.expandvars"}

TIMEOUTS = {
    "execution_timeout",
    "heartbeat_timeout",
    "retry_policy",
    "run_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
    "task_timeout",
}


def _no_clock_rule() -> dict[str, list[str]]:
    rules = PYPROJECT["tool"]["importlinter"]["contracts"]
    (rule,) = [rule for rule in rules if rule["name"] == "Contracts and workflows have no clock, chance or I/O"]
    assert isinstance(rule, dict)
    return rule


def _top(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("package", PURE)
def test_contracts_and_workflows_import_no_clock_chance_or_io(package: str) -> None:
    forbidden = set(_no_clock_rule()["forbidden_modules"]) | ({"asyncio"} if package == "contracts" else set())
    found = [
        f"{path}:{line} {name}"
        for path, tree in modules(package)
        for line, name in imported(tree)
        if _top(name) in forbidden
    ]
    assert found == []


def test_the_import_rule_covers_both_and_names_real_modules() -> None:
    assert tuple(_no_clock_rule()["source_modules"]) == PURE
    assert set(_no_clock_rule()["forbidden_modules"]) <= sys.stdlib_module_names


@pytest.mark.parametrize("package", PURE)
def test_contracts_and_workflows_use_no_clock_chance_or_io(package: str) -> None:
    found = [
        f"{path}:{line} {name}"
        for path, tree in modules(package)
        for line, name in named(tree)
        if name in CLOCK_CHANCE_AND_IO
    ]
    assert found == []


@pytest.mark.parametrize("package", PURE)
def test_contracts_and_workflows_call_no_built_in_io(package: str) -> None:
    found = [
        f"{path}:{node.lineno} {node.func.id}"
        for path, tree in modules(package)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILT_IN_IO
    ]
    assert found == []


@pytest.mark.parametrize("package", PURE)
def test_contracts_and_workflows_import_of_others_only_pydantic_and_temporals_declarations(package: str) -> None:
    own = {"contracts", package}
    found = [
        f"{path}:{line} {name}"
        for path, tree in modules(package)
        for line, name in imported(tree)
        if (
            _top(name) not in sys.stdlib_module_names | own | THIRD_PARTY
            and not (str(path) == SIGNATURES and _top(name) == "cryptography")
        )
        or (_top(name) == "temporalio" and ".".join(name.split(".")[:2]) not in TEMPORAL)
    ]
    assert found == []


def test_imports_are_absolute() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_only_the_settings_read_the_environment() -> None:
    found = {
        path
        for path, tree in modules(*PACKAGES)
        for _, name in [*named(tree), *imported(tree)]
        if ".".join(name.split(".")[:2]) in ENVIRONMENT or name in ENVIRONMENT
    }
    assert found <= {"runtime/settings.py"}


def test_timeouts_and_retries_are_set_only_in_steps() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules("contracts", "workflows", "activities")
        if not path.startswith("workflows/steps/")
        for node in ast.walk(tree)
        if (isinstance(node, ast.keyword) and node.arg in TIMEOUTS)
        or (isinstance(node, ast.Name) and node.id == "RetryPolicy")
        or (isinstance(node, ast.Attribute) and node.attr == "RetryPolicy")
    ]
    assert found == []


def test_the_reader_of_names_sees_through_aliases() -> None:
    source = "from datetime import datetime as dt\nimport os as system\ndt.now()\nsystem.environ['A']\n"
    names = {name for _, name in named(ast.parse(source))}
    assert {"datetime.datetime.now", "os.environ"} <= names
