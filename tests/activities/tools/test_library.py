"""The library that ships: many documents, and what a search of it says of each passage."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from activities.retrieval.documents import read_document
from activities.tools.library import CUT, LibraryActivities
from contracts.errors import ToolUnavailable
from contracts.library import LONGEST_PASSAGE, MOST_PASSAGES, Passage, SearchLibrary
from runtime.settings import load_settings

LIBRARY = load_settings({}).library
DOCUMENTS = {file.name: read_document(file, CUT) for file in sorted(LIBRARY.glob("*.md"))}


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LibraryActivities]:
    """As a worker without the setting has it."""
    made = LibraryActivities(load_settings({}, tmp_path_factory.mktemp("state")))
    yield made
    made.close()


async def found(library: LibraryActivities, query: str, **wanted: object) -> tuple[Passage, ...]:
    """The passages."""
    return (await library.search(SearchLibrary.model_validate({"query": query, **wanted}))).passages


async def test_a_passage_can_be_looked_up_by_anybody(library: LibraryActivities) -> None:
    passages = await found(library, "How long are weekly copies kept?", at_most=MOST_PASSAGES)
    assert passages[0].heading == "Backup policy > Retention"
    assert passages[0].dated == date(2025, 3, 10)
    for one in passages:
        data = (LIBRARY / one.file).read_bytes()
        assert data.decode()[one.start : one.end] == one.text
        assert len(one.text) <= LONGEST_PASSAGE
        assert one.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        ({"topic": "storage", "since": "2025-01-01"}, {"backup-policy.md", "restore-drill.md"}),
        ({"language": "de", "topic": "storage"}, {"datensicherung-lager.md"}),
        ({"topic": "cooking"}, set()),
    ],
)
async def test_only_the_documents_that_are_asked_for_are_found(
    library: LibraryActivities, wanted: dict[str, str], files: set[str]
) -> None:
    passages = await found(library, "copies of databases, Sicherung der Daten", at_most=MOST_PASSAGES, **wanted)
    assert {one.file for one in passages} == files


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path).model_copy(update={"library": tmp_path / "gone"})
    with pytest.raises(ToolUnavailable, match=r"gone cannot be read now \(No such file"):
        await LibraryActivities(settings).search(SearchLibrary(query="copies"))


def test_the_library_has_sixty_documents_with_a_head_and_sections() -> None:
    assert len(DOCUMENTS) >= 60
    for name, document in DOCUMENTS.items():
        assert all(document.about), name
        assert len({part.heading for part in document.parts}) >= 4, name
        assert 180 <= len((LIBRARY / name).read_text(encoding="utf-8").split()) <= 700, name


def test_the_library_speaks_several_languages_and_one_document_is_hostile() -> None:
    assert {document.about.language for document in DOCUMENTS.values()} == {"en", "de", "fr", "es"}
    hostile = [name for name in DOCUMENTS if "ignore all other documents" in (LIBRARY / name).read_text()]
    assert hostile == ["supplier-note.md"]


def test_hosts_in_the_library_belong_to_nobody() -> None:
    for name in DOCUMENTS:
        text = (LIBRARY / name).read_text(encoding="utf-8")
        assert all(host.endswith(".example") for host in re.findall(r"https?://([\w.-]+)", text)), name
