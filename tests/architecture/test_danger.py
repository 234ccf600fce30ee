"""Danger is stated and checked before anything runs: by the type checker, and by a rule for each kind of effect."""

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.tools import Effect
from workflows.steps.tools import handling

ROOT = Path(__file__).resolve().parents[2]

SNIPPET = """
from contracts.gates import Approved
from contracts.mail import SEND_EMAIL, Email
from workflows.steps.tools import Tools


async def send(tools: Tools, email: Email, approved: Approved[Email]) -> None:
    await tools.use("send-email", SEND_EMAIL, {argument}, "Send")
"""


def type_check(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "snippet.py"
    path.write_text(code)
    command = (sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(path))
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("argument", "accepted"), [("approved", True), ("email", False)])
def test_an_irreversible_tool_takes_nothing_less_than_an_approved_argument(
    argument: str, accepted: bool, tmp_path: Path
) -> None:
    checked = type_check(SNIPPET.format(argument=argument), tmp_path)
    assert (checked.returncode == 0) is accepted, checked.stdout


def test_every_kind_of_effect_has_a_rule_with_bounded_attempts() -> None:
    for effect in Effect:
        assert 1 <= handling(effect).attempts <= 20
