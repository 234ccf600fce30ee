"""docs/faults.md says of each fault what the tests of the tools prove, and names no test that is not there."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from contracts.errors import NotFound, OutcomeUnknown, ToolFailed, ToolUnavailable
from tests.activities.tools import test_files, test_http_faults, test_mail_faults

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
WORDS = {ToolUnavailable: "tried again", ToolFailed: "refused", NotFound: "missing", OutcomeUnknown: "unknown"}


def rows(section: str) -> list[list[str]]:
    """The table of a section, cell by cell, without its head."""
    lines = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return cells[2:]


def word(outcome: object) -> str:
    """An outcome as the page has it."""
    return "done" if isinstance(outcome, BaseModel) else WORDS[outcome]  # type: ignore[index]


def test_the_page_says_what_mail_comes_to() -> None:
    assert rows("Mail") == [[name, word(row.error)] for name, row in test_mail_faults.ROWS.items()]


def test_the_page_says_what_http_comes_to() -> None:
    told = [[name, word(row.get), word(row.post)] for name, row in test_http_faults.ROWS.items()]
    assert [row[:3] for row in rows("HTTP")] == told
    asked_again = {name for name, _, _, again in rows("HTTP") if again == "asked again"}
    unknown = {name for name, row in test_http_faults.ROWS.items() if row.post is OutcomeUnknown}
    assert asked_again == unknown


def test_the_page_says_what_files_come_to() -> None:
    told = [[name, word(row.error)] for name, row in test_files.ROWS.items()]
    assert rows("Files")[: len(told)] == told


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", TEXT))))
def test_each_test_that_the_page_names_is_there(name: str) -> None:
    files = (ROOT / "tests" / "activities").rglob("test_*.py")
    assert any(f"def {name}(" in file.read_text(encoding="utf-8") for file in files)
