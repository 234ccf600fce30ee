"""docs/choose.md leads somewhere: each file and each heading that it names is there."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "choose.md"
ELSEWHERE = ("https://",)
"""Pages of others, and of figures: those are there once somebody has measured."""
LINKS = sorted(
    link
    for link in set(re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8")))
    if not link.startswith(ELSEWHERE)
)


def headings(page: Path) -> set[str]:
    """As links name them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one).strip().lower().replace(" ", "-") for one in found}


@pytest.mark.parametrize("link", LINKS)
def test_every_place_that_the_page_names_is_there(link: str) -> None:
    name, _, heading = link.partition("#")
    target = (PAGE.parent / name).resolve()
    assert target.is_file()
    assert not heading or heading in headings(target)


def test_the_page_says_when_each_of_the_others_fits_better() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ("LangGraph", "LlamaIndex Workflows", "CrewAI", "AutoGen", "Prefect", "OpenAI Agents SDK"):
        assert re.search(rf"^\| \[{name}\]\(https://", text, flags=re.MULTILINE), name
