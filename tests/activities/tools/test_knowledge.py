"""Searching articles: what is found, where it stands, and that no query is syntax."""

import errno
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from activities.retrieval import index as index_module
from activities.retrieval.documents import LARGEST
from activities.tools import knowledge as knowledge_module
from activities.tools.articles import sections
from activities.tools.knowledge import KnowledgeActivities
from contracts.errors import NotFound, ToolFailed, ToolUnavailable
from contracts.knowledge import LONGEST_HIT, MOST_HITS, KnowledgeHit, ReadSections, SearchKnowledge, SectionName
from runtime.settings import load_settings

ARTICLE = """Preface.

# Printing

## Causes
The ribbon is *empty*.

```sh
# no heading
lp --test
```

### Rare ones
Mice.

# Réseau
Le câble.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one article."""
    (tmp_path / "articles" / "deep").mkdir(parents=True)
    (tmp_path / "articles" / "deep" / "printing.md").write_text(ARTICLE, newline="")
    return tmp_path / "articles"


def base(folder: Path) -> KnowledgeActivities:
    """As a worker with this setting has it."""
    return KnowledgeActivities(load_settings({"SIGNOFF_KNOWLEDGE": str(folder)}, folder.parent))


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeActivities:
    """The articles that ship."""
    return KnowledgeActivities(load_settings({}, tmp_path_factory.mktemp("nothing")))


async def found(searched: KnowledgeActivities, query: str, at_most: int = 4) -> tuple[KnowledgeHit, ...]:
    """The hits."""
    return (await searched.search(SearchKnowledge(query=query, at_most=at_most))).hits


async def test_a_hit_says_where_it_stands_to_the_letter(folder: Path) -> None:
    (hit,) = await found(base(folder), "mouse mice")
    assert (hit.file, hit.heading, hit.text) == ("deep/printing.md", "Printing > Causes > Rare ones", "Mice.")
    assert ARTICLE[hit.start : hit.end] == hit.text


async def test_a_part_is_read_by_its_name_whole_and_in_its_place(folder: Path) -> None:
    long = "\n\n".join(f"{n} {'w ' * 300}" for n in range(5))
    (folder / "long.md").write_text(f"# Long\n{long}")
    parts = (SectionName(file="long.md", heading="Long"), SectionName(file="deep/printing.md", heading="Réseau"))
    hits = (await base(folder).read(ReadSections(sections=parts))).hits
    assert "".join("".join(hit.text for hit in hits[:-1]).split()) == "".join(long.split())
    assert hits[-1].text == "Le câble."
    whole = (await base(folder).read(ReadSections(sections=(SectionName(file="deep/printing.md"),)))).hits
    assert [hit.heading for hit in whole] == ["", "Printing > Causes", "Printing > Causes > Rare ones", "Réseau"]


@pytest.mark.parametrize(("file", "heading"), [("gone.md", "Réseau"), ("deep/printing.md", "R"), ("../x", "' OR 1=1")])
async def test_a_part_that_is_not_there_is_named(folder: Path, file: str, heading: str) -> None:
    with pytest.raises(NotFound, match="there is no part"):
        await base(folder).read(ReadSections(sections=(SectionName(file=file, heading=heading),)))


async def test_a_heading_is_found_too_and_without_its_accents(folder: Path) -> None:
    assert [hit.text for hit in await found(base(folder), "reseau")] == ["Le câble."]


async def test_words_of_one_stem_are_one_word(folder: Path) -> None:
    assert (await found(base(folder), "ribbons!"))[0].heading == "Printing > Causes"


async def test_words_that_every_article_has_find_nothing(folder: Path) -> None:
    assert await found(base(folder), "the is of, and?!") == ()


async def test_an_article_that_is_changed_added_or_removed_is_seen_at_once(folder: Path) -> None:
    searched = base(folder)
    assert await found(searched, "ribbon")
    (folder / "new.md").write_text("# New\nA ribbon of steel.\n")
    assert {hit.file for hit in await found(searched, "ribbon")} == {"new.md", "deep/printing.md"}
    (folder / "deep" / "printing.md").unlink()
    assert {hit.file for hit in await found(searched, "ribbon")} == {"new.md"}


async def test_what_is_no_article_is_passed_over(folder: Path, tmp_path: Path) -> None:
    (folder / "latin.md").write_bytes("# Größe ribbon".encode("latin-1"))
    (folder / "large.md").write_bytes(b"ribbon " * (LARGEST // 7 + 1))
    (folder / "notes.txt").write_text("ribbon")
    (folder / "folder.md").mkdir()
    (tmp_path / "secret.md").write_text("# A\nribbon secret-word")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "gone.md").symlink_to("nowhere.md")
    assert [hit.file for hit in await found(base(folder), "ribbon", MOST_HITS)] == ["deep/printing.md"]


async def test_a_folder_of_too_many_files_is_named_by_its_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge_module, "MOST_FILES", 1)
    (folder / "b.md").write_text("# B")
    with pytest.raises(ToolFailed, match=r"holds more than 1 documents: name another SIGNOFF_KNOWLEDGE"):
        await found(base(folder), "ribbon")


async def test_a_folder_that_cannot_be_read_now_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(index_module, "read_document", fails)
    with pytest.raises(ToolUnavailable, match=r"cannot be read now \(Input/output error\)"):
        await found(base(folder), "ribbon")


async def test_without_the_setting_the_samples_are_searched(tmp_path: Path) -> None:
    searched = KnowledgeActivities(load_settings({}, tmp_path))
    (best, *_) = await found(searched, "No space left on device")
    assert best.file == "disk-full.md"


@pytest.mark.parametrize("values", [{"query": ""}, {"query": "x" * 501}, {"query": "x", "at_most": MOST_HITS + 1}])
def test_what_is_too_much_is_no_request(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SearchKnowledge.model_validate(values)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=500))
@example('"')
@example("a AND")
@example("NEAR(ribbon cable, 2) OR heading : x*")
@example("text:ribbon -- ; DROP TABLE sections")
@example("_ ' \" ^ {a} ribbon* + -")
@example("\0ribbon\x1b")
@example("在庫 ﷽ 🙂")
async def test_no_query_is_syntax(samples: KnowledgeActivities, query: str) -> None:
    hits = await found(samples, query, MOST_HITS)
    assert len(hits) <= MOST_HITS
    assert all(len(hit.text) <= LONGEST_HIT for hit in hits)


@given(st.text(alphabet=st.sampled_from("# `~\nab.\u00e9 "), max_size=400) | st.text(max_size=400))
@example("x" * (3 * LONGEST_HIT))
@example("ab " * LONGEST_HIT)
@example("\n\n".join(["p" * 700] * 9))
@example("```\n# a\n````\n# b\n~~~\n# c")
def test_every_part_of_an_article_stands_where_it_says_and_nothing_is_lost(article: str) -> None:
    parts = sections(article)
    for part in parts:
        assert article[part.start : part.end] == part.text == part.text.strip()
        assert 0 < len(part.text) <= LONGEST_HIT
    assert [part.start for part in parts] == sorted(part.start for part in parts)
    if "#" not in article:
        assert "".join("".join(part.text for part in parts).split()) == "".join(article.split())
