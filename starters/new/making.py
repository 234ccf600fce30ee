"""The files of a new process: all of them, or none."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.new.lists import with_entry, with_import, with_layer
from starters.new.names import Names

FILES = {
    "contract": "contracts/{stem}.py",
    "workflow": "workflows/{stem}.py",
    "prompt": "activities/prompts/{stem}/summarise.md",
    "sample": "samples/{name}/01-plain.json",
    "test": "tests/workflows/test_{stem}.py",
    "page": "docs/processes/{name}.md",
    "chaos": "tests/chaos/processes/{stem}.py",
    "record": "tests/replay/record_{stem}.py",
    "golden_request": "tests/contracts/golden/{type}Request.json",
    "golden_result": "tests/contracts/golden/{type}Result.json",
    "golden_summary": "tests/contracts/golden/{type}Summary.json",
    "golden_facts": "tests/contracts/golden/{type}Facts.json",
    "golden_subject": "tests/contracts/golden/{type}Subject.json",
}
"""Template and place of each file."""

CATALOGUE, WORKERS, PYPROJECT = "contracts/catalogue.py", "workers/catalogue.py", "pyproject.toml"
CHAOS = "tests/chaos/processes/__init__.py"


@dataclass(frozen=True)
class Plan:
    """What is to be written, by place below the root."""

    root: Path
    fresh: Mapping[str, str]
    changed: Mapping[str, str]


def plan(names: Names, root: Path) -> Plan:
    """Raises Failure where the process cannot be made here; nothing is written yet."""
    try:
        lists = {name: (root / name).read_text(encoding="utf-8") for name in (CATALOGUE, WORKERS, PYPROJECT, CHAOS)}
    except OSError as error:
        where = f"{error.filename} cannot be read ({error.strerror})"
        raise Failure(REFUSED, f"{where}: a process is made in a checkout of the repository") from None
    fresh = {place.format(**_words(names)): _filled(template, names) for template, place in FILES.items()}
    for place in (*fresh, f"workflows/{names.stem}", f"contracts/{names.stem}"):
        if os.path.lexists(root / place):
            raise Failure(BAD_INPUT, f"{place} is there already: give the process another name, or remove it first")
    _check_clashes(names, fresh, lists)
    changed = {
        CATALOGUE: _listed(lists[CATALOGUE], f"contracts.{names.stem}", "PROCESSES", names.constant),
        WORKERS: _listed(lists[WORKERS], f"workflows.{names.stem}", "WORKFLOWS", names.type),
        CHAOS: _listed(lists[CHAOS], f"tests.chaos.processes.{names.stem}", "PLAYED", names.constant, "PLAYED as "),
        PYPROJECT: with_layer(lists[PYPROJECT], names.stem),
    }
    return Plan(root, fresh, changed)


def carry_out(made: Plan) -> None:
    """Write all of it. Raises Failure where something cannot be written; nothing is left behind then."""
    before = {place: (made.root / place).read_bytes() for place in made.changed}
    begun: list[Path] = []
    try:
        for place, text in made.fresh.items():
            path = made.root / place
            begun += _folders(path.parent)
            with path.open("x", encoding="utf-8") as file:
                begun.append(path)
                file.write(text)
        for place, text in made.changed.items():
            (made.root / place).write_text(text, encoding="utf-8")
    except BaseException as error:  # Ctrl-C, too
        _undo(made.root, begun, before)
        if not isinstance(error, OSError):
            raise
        raise Failure(
            REFUSED, f"{error.filename or 'a file'} cannot be written ({error.strerror}): nothing was"
        ) from None


def _listed(text: str, module: str, variable: str, name: str, imported: str = "") -> str:
    return with_entry(with_import(text, module, f"{imported}{name}"), variable, name)


def _undo(root: Path, begun: list[Path], before: Mapping[str, bytes]) -> None:
    for place, data in before.items():
        with suppress(OSError):  # it could not be written in the first place
            (root / place).write_bytes(data)
    for path in reversed(begun):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def _folders(folder: Path) -> Iterator[Path]:
    """Make a folder and those above it; yields each that was made, so that it can be taken away."""
    if not folder.is_dir():
        yield from _folders(folder.parent)
        folder.mkdir()
        yield folder


def _filled(template: str, names: Names) -> str:
    text = files("starters.new").joinpath("templates", f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(_words(names))


def _words(names: Names) -> dict[str, str]:
    imports = (f"from contracts.{names.stem} import {names.type}Outcome, {names.type}Result",)
    return {
        "name": names.name,
        "stem": names.stem,
        "type": names.type,
        "constant": names.constant,
        "title": names.title,
        "imports": "\n".join(sorted((*imports, "from contracts.queues import WORK"))),
    }


def _check_clashes(names: Names, fresh: Mapping[str, str], lists: Mapping[str, str]) -> None:
    """A name that the lists, or the new workflow, have for something else."""
    workflow = fresh[FILES["workflow"].format(**_words(names))]
    imports = workflow[workflow.index("\nfrom ") : workflow.index("@workflow.defn")]
    for word, text in (
        (names.type, imports),
        (names.type, lists[WORKERS]),
        (names.constant, lists[CATALOGUE]),
        (names.constant, lists[CHAOS]),
    ):
        if re.search(rf"\b{word}\b", text):
            raise Failure(BAD_INPUT, f"{word} has another meaning here already: give the process another name")
