"""The Makefile, where it is not simply run: its list of targets, and a machine that it cannot serve."""

import os
import re
import subprocess
from pathlib import Path

from tests.architecture.source import ROOT

TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Under `make check` these would make it a sub-make, which words its messages otherwise.
    clean = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=clean, capture_output=True, text=True, check=False)


def test_make_alone_prints_every_target_with_one_line() -> None:
    targets = re.findall(r"^\.PHONY: (.+)$", TEXT, re.MULTILINE)[0].split()
    listed = [line.split(maxsplit=2)[1] for line in _make().stdout.splitlines()]
    assert sorted(listed) == sorted(targets)


def test_an_old_python_is_refused_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexec false\n")
    old.chmod(0o755)
    done = _make("install", f"PYTHON={old}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    message, *rest = done.stderr.splitlines()
    assert "older than 3.11" in message
    assert all(line.startswith("make:") for line in rest)
    assert not (tmp_path / "venv").exists()


def test_a_finished_environment_is_not_built_again(tmp_path: Path) -> None:
    for stamp in (".locked", ".installed"):
        (tmp_path / stamp).touch()
    assert "Nothing to be done" in _make("install", f"VENV={tmp_path}").stdout
