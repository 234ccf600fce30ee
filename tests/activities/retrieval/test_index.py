"""An index finds by words and by meaning, says where to the letter, and reads a document again only when it changed."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from activities.retrieval import index as index_module
from activities.retrieval.documents import Cut
from activities.retrieval.embedding import Vectors, embed
from activities.retrieval.index import Index, Part, Way, Where
from contracts.errors import ToolFailed

CUT = Cut(300, overlap=60)
BACKUPS = """---
title: Backups
date: 2025-03-01
topic: storage
audience: operators
language: en
---
# Backups

## Retention

Nightly copies are kept for ninety days.

## Restoring

Ask the duty officer.
"""
PAYROLL = """---
title: Gehälter
date: 2023-01-15
topic: people
language: de
---
# Gehälter

Die Gehälter werden am letzten Werktag überwiesen.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two documents."""
    place = tmp_path / "library"
    (place / "deep").mkdir(parents=True)
    (place / "deep" / "backups.md").write_text(BACKUPS, encoding="utf-8", newline="")
    (place / "gehalt.md").write_text(PAYROLL, encoding="utf-8", newline="")
    return place


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    """Of these."""
    made = Index(folder, folder.parent / "state" / "index.db", CUT)
    yield made
    made.close()


def embedding_watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are embedded from now on."""
    seen: list[str] = []

    def watched(texts: Sequence[str]) -> Vectors:
        seen.extend(texts)
        return embed(texts)

    monkeypatch.setattr(index_module, "embed", watched)
    return seen


def headings(found: list[Part]) -> list[str]:
    """The last heading of each."""
    return [one.heading.rpartition(" > ")[2] for one in found]


def test_a_part_says_where_it_stands_to_the_letter_head_and_all(index: Index) -> None:
    found = index.search("nightly copies", 5)[0]
    assert BACKUPS[found.start : found.end] == found.text == "Nightly copies are kept for ninety days."
    assert (found.path, found.heading, found.title) == ("deep/backups.md", "Backups > Retention", "Backups")
    assert (found.topic, found.audience, found.language, found.date) == ("storage", "operators", "en", "2025-03-01")


def test_words_find_what_shares_them_and_meaning_what_does_not(index: Index) -> None:
    query = "for how long does the archive stay available"
    assert index.search(query, 5, ways=[Way.WORDS]) == []
    assert headings(index.search(query, 1, ways=[Way.MEANING])) == ["Retention"]
    assert headings(index.search(query, 1)) == ["Retention"]


def test_words_of_another_language_are_found_without_their_accents(index: Index) -> None:
    assert headings(index.search("gehalter uberwiesen", 1)) == ["Gehälter"]


@pytest.mark.parametrize(
    ("where", "paths"),
    [
        (Where(topic="storage"), {"deep/backups.md"}),
        (Where(audience="operators"), {"deep/backups.md"}),
        (Where(language="de"), {"gehalt.md"}),
        (Where(since="2024-01-01"), {"deep/backups.md"}),
        (Where(topic="people", since="2024-01-01"), set()),
        (Where(topic="' OR 1=1 --"), set()),
    ],
)
@pytest.mark.parametrize("way", Way)
def test_only_the_documents_that_are_asked_for_are_searched(
    index: Index, where: Where, paths: set[str], way: Way
) -> None:
    query = "copies kept Gehälter Werktag ninety days"
    assert {one.path for one in index.search(query, 9, where, [way])} <= paths
    assert {one.path for one in index.search(query, 9, where)} == paths


def test_only_what_changed_is_read_again(index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = embedding_watched(monkeypatch)
    index.search("copies", 1)
    assert len(embedded) == 2 * 3 + 1  # headings and texts of three parts, and the query
    embedded.clear()
    (folder / "new.md").write_text("# New\n\nA third copy lies in another town.\n")
    os.utime(folder / "gehalt.md", (1, 1))  # copied anew, the same to the letter
    assert "new.md" in {one.path for one in index.search("copy", 5)}
    assert embedded == ["New", "A third copy lies in another town.", "copy"]


def test_a_document_that_is_changed_or_removed_is_seen_at_once(index: Index, folder: Path) -> None:
    assert index.search("ninety", 1)
    (folder / "deep" / "backups.md").write_text(BACKUPS.replace("ninety", "a hundred and twenty"))
    assert "a hundred and twenty" in index.search("nightly copies", 1)[0].text
    (folder / "deep" / "backups.md").unlink()
    assert index.search("nightly copies", 1, ways=[Way.WORDS]) == []


def test_an_index_that_is_there_is_used_and_one_of_another_cut_is_made_anew(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.search("copies", 1)
    embedded = embedding_watched(monkeypatch)
    file = folder.parent / "state" / "index.db"
    again = Index(folder, file, CUT)
    again.search("copies", 1)
    assert embedded == ["copies"]
    other = Index(folder, file, Cut(200))
    other.search("copies", 1)
    assert len(embedded) == 1 + 2 * 3 + 1
    again.close()
    other.close()


def test_two_programs_use_one_file(index: Index, folder: Path) -> None:
    other = Index(folder, folder.parent / "state" / "index.db", CUT)
    for mine, theirs in ((index, other), (other, index)):
        mine.search("copies", 1)
        (folder / "news.md").write_text(f"# News\n\nA marmot of {id(mine)} was seen.\n")
        for one in (mine, theirs):
            assert str(id(mine)) in one.search("marmot", 1)[0].text
    other.close()


def test_a_damaged_index_is_made_anew(folder: Path) -> None:
    file = folder.parent / "state" / "index.db"
    file.parent.mkdir()
    file.write_bytes(b"no database" * 1000)
    made = Index(folder, file, CUT)
    assert made.search("copies", 1)
    made.close()
    assert sqlite3.connect(file).execute("SELECT count(*) FROM documents").fetchone() == (2,)


def test_what_is_no_document_is_passed_over(index: Index, folder: Path) -> None:
    (folder / "latin.md").write_bytes("# Größe copies".encode("latin-1"))
    (folder / "notes.txt").write_text("copies")
    (folder / "folder.md").mkdir()
    (folder.parent / "secret.md").write_text("# A\n\ncopies of a secret")
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    (folder / "gone.md").symlink_to("nowhere.md")
    (folder / "empty.md").write_text("")
    assert {one.path for one in index.search("copies", 9, ways=[Way.WORDS])} == {"deep/backups.md"}


def test_too_many_documents_are_named(folder: Path) -> None:
    with pytest.raises(ToolFailed, match="holds more than 1 documents"):
        Index(folder, folder.parent / "index.db", CUT, most=1).search("copies", 1)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
@example('"')
@example("a AND")
@example("NEAR(copies days, 2) OR heading : x*")
@example("text:copies -- ; DROP TABLE words")
@example("_ ' \" ^ {a} copies* + -")
@example("\0copies\x1b \ud800")
@example("the of and")
def test_no_query_is_syntax(index: Index, query: str) -> None:
    assert len(index.search(query, 3)) <= 3
