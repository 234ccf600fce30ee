"""Every error of both SDKs has a meaning here; a new one fails this test until somebody gives it one."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from activities.llm.failures import KINDS, NOT_IN_A_CALL

_CLASS = re.compile(r"^class (\w+)\(([^)]*)\):", re.MULTILINE)


def error_classes(package: str, root: str) -> set[str]:
    """Names of the classes below `root`, read from the source: not every module can be imported here."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    files = Path(spec.origin).parent.rglob("*.py")
    bases = {name: set(re.findall(r"\w+", parents)) for file in files for name, parents in _CLASS.findall(file.read_text())}
    found: set[str] = {root}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found


@pytest.mark.parametrize(("package", "root"), [("anthropic", "AnthropicError"), ("openai", "OpenAIError")])
def test_every_error_of_the_sdk_is_mapped(package: str, root: str) -> None:
    known = set(KINDS) | NOT_IN_A_CALL
    assert error_classes(package, root) - known == set()


def test_no_name_in_the_table_is_stale() -> None:
    both = error_classes("anthropic", "AnthropicError") | error_classes("openai", "OpenAIError")
    assert (set(KINDS) | NOT_IN_A_CALL) - both == set()
