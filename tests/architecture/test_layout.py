"""Every top-level package has its place, and comes from here."""

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, PYPROJECT, ROOT

OUTSIDE = {"bench", "tests"}


def _top_level() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} | {
        path.parent.name for path in ROOT.glob("*/*.py") if path.parent.name.isidentifier()
    }


def test_every_folder_with_code_is_a_known_package() -> None:
    assert _top_level() == {*PACKAGES, *OUTSIDE}


def test_every_package_has_a_place_in_the_layers() -> None:
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert {name.strip() for layer in layers for name in layer.split("|")} == set(PACKAGES)


def test_what_is_installed_is_what_is_linted() -> None:
    assert set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PACKAGES)


def test_what_is_type_checked_is_everything() -> None:
    assert set(PYPROJECT["tool"]["mypy"]["files"]) == {*PACKAGES, *OUTSIDE}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_imported_from_this_repository(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_ships_a_package_of_that_name(name: str) -> None:
    assert set(importlib.metadata.packages_distributions().get(name, [])) <= {"signoff"}
    elsewhere = [path for path in sys.path if Path(path or ".").resolve() != ROOT and (Path(path) / name).is_dir()]
    assert elsewhere == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
