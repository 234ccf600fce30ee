"""Reading the file that SIGNOFF_APPROVERS names."""

import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from contracts.policies import PATIENCE
from contracts.processes import Decider
from runtime.approver_fields import checked_name
from runtime.approvers import Approvers, KeyTable
from runtime.problems import problem_line
from runtime.toml_file import printable, read_toml

LARGEST = 500_000
"""Bytes. What holds at a gate is recorded with it, keys included."""

_APPROVERS = TypeAdapter(Approvers)


def read_approvers(path: Path) -> Approvers:
    """The approvers of a TOML file.

    Raises ValueError with the words that follow the setting's name: the file, the table, what to do.
    """
    _check_size(path)
    found = read_toml(path, _APPROVERS)
    try:
        _check_names(found)
        _check_keys(found)
        _check_gates(found)
    except ValueError as problem:
        raise ValueError(f"names {path}, {printable(str(problem))}") from None
    return found


def _check_size(path: Path) -> None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return  # reading it says why
    if found.st_size > LARGEST:
        raise ValueError(f"names {path}, which is larger than {LARGEST:,} bytes")
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        # It is read again and again; a pipe is empty after the first time, and a device may never end.
        raise ValueError(f"names {path}, which is no file")


def _check_names(found: Approvers) -> None:
    seen: dict[str, str] = {}
    for name in found.approvers:
        try:
            checked_name(name)
        except ValueError as problem:
            raise ValueError(f'where the name of [approvers."{name}"] {problem}') from None
        # A gate takes them for one person.
        if other := seen.get(name.casefold()):
            raise ValueError(f"where {other} and {name} are the same name but for its letters' case: rename one")
        seen[name.casefold()] = name


def _check_keys(found: Approvers) -> None:
    ids: dict[str, str] = {}
    publics: dict[str, str] = {}
    for name, key in _keys(found):
        if key.id in ids:
            raise ValueError(f'where the key id "{key.id}" is there twice, of {ids[key.id]} and {name}: rename one')
        if key.public in publics:
            raise ValueError(f'where the key "{key.id}" of {name} is the same as one of {publics[key.public]}')
        ids[key.id] = publics[key.public] = name


def _keys(found: Approvers) -> Iterator[tuple[str, KeyTable]]:
    return ((name, key) for name, one in found.approvers.items() for key in one.keys)


def _check_gates(found: Approvers) -> None:
    if not found.gates:
        return
    from contracts.catalogue import PROCESSES  # only who sets policies pays for the import

    for name, tables in found.gates.items():
        if name not in PROCESSES:
            raise ValueError(f"where [gates.{name}] names no process; there are {', '.join(PROCESSES)}")
        steps = {step.name: step for step in PROCESSES[name].steps if step.by is Decider.PERSON or step.gate}
        for step, table in tables.items():
            if step not in steps:
                there_are = f"there are {', '.join(steps)}" if steps else f"{name} has none"
                raise ValueError(f"where [gates.{name}.{step}] names no step that a person decides; {there_are}")
            try:
                table.over(steps[step].gate or PATIENCE)
            except ValidationError as error:
                raise ValueError(f"where [gates.{name}.{step}] {problem_line(error).removeprefix('value: ')}") from None
