"""Each page of docs/processes/ shows its process's boundary map as it is."""

import re
from pathlib import Path

import pytest

from contracts.catalogue import PROCESSES
from starters.cli.describing import mermaid

PAGES = sorted((Path(__file__).parents[2] / "docs" / "processes").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_map_on_the_page_is_current(page: Path) -> None:
    (shown,) = re.findall(r"^```mermaid\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert shown.strip() == mermaid(PROCESSES[page.stem])
