"""`signoff new`: names, clashes, and all of the files or none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from starters.cli import new as command
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.new.lists import with_entry, with_import, with_layer
from starters.new.making import CATALOGUE, CHAOS, PYPROJECT, WORKERS, Plan, carry_out, plan
from starters.new.names import LONGEST, read_name

ROOT = Path(__file__).parents[2]
LISTS = (CATALOGUE, WORKERS, CHAOS, PYPROJECT)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The lists, and nothing else."""
    for name in LISTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def contents(tree: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in tree.rglob("*")}


def made(name: str, tree: Path) -> Plan:
    return plan(read_name(name), tree)


@pytest.mark.parametrize(
    "text", ["", "q", "Refund", "refund_check", "refund-", "-refund", "refünd", "a.b", "../x", "r2", "x" * 25]
)
def test_a_name_that_a_file_or_a_type_cannot_have_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="cannot be a process's name: small letters") as raised:
        read_name(text)
    assert raised.value.code == BAD_INPUT


@pytest.mark.parametrize("text", ["class", "import", "match", "async"])
def test_a_word_of_python_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="is a word of Python"):
        read_name(text)


@pytest.mark.parametrize("text", ["progress", "review", "guard", "worker", "tools", "read-lead", "journey", "any"])
def test_a_name_that_means_something_else_here_is_refused(text: str, tree: Path) -> None:
    before = contents(tree)
    with pytest.raises(Failure, match=r"has another meaning here already|is there already") as raised:
        made(text, tree)
    assert raised.value.code == BAD_INPUT
    assert contents(tree) == before


@pytest.mark.parametrize("place", ["contracts/refund.py", "workflows/refund", "docs/processes/refund.md"])
def test_what_is_there_is_never_written_over(place: str, tree: Path) -> None:
    path = tree / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("nowhere")
    with pytest.raises(Failure, match=f"{place} is there already"):
        made("refund", tree)


@pytest.mark.parametrize("name", ["qu", "refund-check", "z" * LONGEST])
def test_the_files_are_as_the_formatter_leaves_them_however_long_the_name(name: str, tree: Path) -> None:
    before = contents(tree)
    one = made(name, tree)
    assert contents(tree) == before
    carry_out(one)
    for check in (("format", "--check"), ("check",)):
        ruff = (sys.executable, "-m", "ruff", *check, "--no-cache", str(tree))
        done = subprocess.run(ruff, cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_where_something_cannot_be_written_nothing_is_left_behind(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, write = contents(tree), Path.write_text
    for error in (OSError(28, "No space left on device"), KeyboardInterrupt()):

        def fails(path: Path, text: str, encoding: str, error: BaseException = error) -> int:
            if path.name == "pyproject.toml":
                raise error
            return write(path, text, encoding)

        monkeypatch.setattr(Path, "write_text", fails)
        with pytest.raises((Failure, KeyboardInterrupt)) as raised:
            carry_out(made("refund", tree))
        if isinstance(raised.value, Failure):
            assert (raised.value.code, raised.value.line) == (
                REFUSED,
                "a file cannot be written (No space left on device): nothing was",
            )
        assert contents(tree) == before


def test_outside_a_checkout_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="a process is made in a checkout of the repository"):
        made("refund", tmp_path)


def test_a_list_in_another_layout_is_left_to_a_person() -> None:
    for text in ("X: tuple[type, ...] = (A, B)\n", "Y = 1\n", "X: tuple[type, ...] = ()\n"):
        with pytest.raises(Failure, match=r"`C in X`.*nothing was written"):
            with_entry(text, "X", "C")
    with pytest.raises(Failure, match=r"`from contracts\.a import A`"):
        with_import("import os\n", "contracts.a", "A")
    with pytest.raises(Failure, match="the layers inside workflows"):
        with_layer('layers = ["a", "b"]\n', "refund")


def test_a_list_with_a_line_for_each_takes_one_more() -> None:
    assert with_entry("X: tuple[type, ...] = (\n    B,\n    A,\n)\n", "X", "C").splitlines()[-2:] == ["    C,", ")"]
    imports = "from contracts.b import (\n    B,\n)\nfrom contracts.d import D\n"
    assert with_import(imports, "contracts.c", "C").splitlines()[2:4] == [")", "from contracts.c import C"]


def test_the_command_works_on_the_tree_that_it_runs_from() -> None:
    assert command.ROOT == ROOT
