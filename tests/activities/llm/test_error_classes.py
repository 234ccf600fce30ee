"""Every error of both SDKs has a meaning here; a new one fails this test until somebody gives it one."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from activities.llm.failures import KINDS, NOT_IN_A_CALL, Kind

_CLASS = re.compile(r"^class (\w+)\(([^)]*)\):", re.MULTILINE)


SDKS = [("anthropic", "AnthropicError"), ("openai", "OpenAIError")]


def error_classes(package: str, *roots: str) -> set[str]:
    """The roots and the names of all classes below them, read from the source: not every module can be imported."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    files = Path(spec.origin).parent.rglob("*.py")
    classes = [found for file in files for found in _CLASS.findall(file.read_text(encoding="utf-8"))]
    bases = {name: set(re.findall(r"\w+", parents)) for name, parents in classes}
    found = set(roots)
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found


@pytest.mark.parametrize(("package", "root"), SDKS)
def test_every_error_of_the_sdk_is_mapped(package: str, root: str) -> None:
    sure = error_classes(package, "APIStatusError", *NOT_IN_A_CALL)
    assert error_classes(package, root) - sure - set(KINDS) == set()


def test_no_name_in_the_table_is_stale() -> None:
    real = set[str]().union(*(error_classes(package, root) for package, root in SDKS))
    assert (set(KINDS) | NOT_IN_A_CALL) - real == set()


@pytest.mark.parametrize("package", ["anthropic", "openai"])
def test_every_status_error_is_judged_by_its_status(package: str) -> None:
    named = error_classes(package, "APIStatusError") & set(KINDS)
    assert {KINDS[name] for name in named} == {Kind.STATUS}
