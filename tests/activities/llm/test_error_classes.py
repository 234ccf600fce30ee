"""Every error of both SDKs has a meaning here; a new one fails this test until somebody gives it one."""

import builtins
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import httpx2
import pytest

from activities.llm.kinds import KINDS, NOT_IN_A_CALL, Kind

_CLASS = re.compile(r"^[ \t]*class (\w+)(?:\[[^\]]*\])?\(([^)]*)\):", re.MULTILINE)
_BUILT_IN = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and not issubclass(value, Warning)
}

HTTP = {name for name, value in vars(httpx2).items() if isinstance(value, type) and issubclass(value, Exception)}
SDKS = ["anthropic", "openai"]


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@cache
def classes_in(folder: Path) -> list[tuple[str, frozenset[str]]]:
    """Each class with its parents, wherever it stands, read from the source: not every module can be imported."""
    every = [one for file in folder.rglob("*.py") for one in _CLASS.findall(file.read_text(encoding="utf-8"))]
    return [(name, frozenset(re.findall(r"\w+", parents))) for name, parents in every]


def below(folder: Path, *roots: str) -> set[str]:
    """The names of all classes below these."""
    found = set(roots)
    while more := {name for name, parents in classes_in(folder) if parents & found} - found:
        found |= more
    return found - set(roots)


def exceptions_of(folder: Path) -> set[str]:
    """Those that are its own, below whatever: one of its own, the HTTP client's, asyncio's, Python's."""
    return below(folder, *_BUILT_IN, *HTTP, "CancelledError", "ValidationError")


def unmapped(folder: Path) -> set[str]:
    named = {"APIStatusError", *NOT_IN_A_CALL}
    return exceptions_of(folder) - below(folder, *named) - named - set(KINDS)


@pytest.mark.parametrize("package", SDKS)
def test_every_exception_of_the_sdk_is_mapped(package: str) -> None:
    assert len(exceptions_of(folder_of(package))) > 30
    assert unmapped(folder_of(package)) == set()


def test_every_exception_of_the_http_client_below_them_is_mapped() -> None:
    assert len(HTTP) > 20
    assert HTTP - NOT_IN_A_CALL - set(KINDS) == set()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("QuotaExceeded", "class QuotaExceeded(AnthropicError):\n    pass\n"),
        (
            "Deeper",
            "class Deeper(\n    Middle,\n):\n    pass\nclass Middle(_exceptions.OpenAIError, Generic[T]):\n    pass\n",
        ),
        ("Hidden", "if True:\n    class Hidden(Exception):\n        pass\n"),
        ("OfTheClient", "def make():\n    class OfTheClient(httpx2.TransportError): ...\n"),
        ("OfPython", "class OfPython(ValueError): ...\n"),
        ("Generic2", "class Generic2[T](RuntimeError): ...\n"),
    ],
)
def test_a_new_exception_is_found_wherever_it_stands_and_whatever_it_is_below(
    name: str, source: str, tmp_path: Path
) -> None:
    (tmp_path / "new.py").write_text(
        f"class AnthropicError(Exception): ...\nclass OpenAIError(Exception): ...\n{source}"
    )
    assert name in unmapped(tmp_path)


def test_a_new_error_with_a_status_needs_no_line_of_its_own(tmp_path: Path) -> None:
    source = "class APIStatusError(Exception): ...\nclass TeapotError(APIStatusError): ...\nclass Odd(dict): ...\n"
    (tmp_path / "new.py").write_text(source)
    assert unmapped(tmp_path) == set()


def test_no_name_in_the_table_is_stale() -> None:
    real = (_BUILT_IN | HTTP).union(*(exceptions_of(folder_of(package)) for package in SDKS))
    assert (set(KINDS) | NOT_IN_A_CALL) - real == set()


@pytest.mark.parametrize("package", SDKS)
def test_every_status_error_is_judged_by_its_status(package: str) -> None:
    named = below(folder_of(package), "APIStatusError") & set(KINDS)
    assert {KINDS[name] for name in named} <= {Kind.STATUS}
