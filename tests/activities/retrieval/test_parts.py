"""Documents are cut by their headings with an overlap; rankings are fused by places; vectors have length one."""

import itertools

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from activities.retrieval.embedding import DIMENSIONS, embed
from activities.retrieval.fusion import K, fused
from activities.tools.articles import sections

LONGEST, OVERLAP = 200, 50


@given(
    st.text(alphabet=st.sampled_from("# \nab.é "), max_size=1500)
    | st.text(max_size=600)
    | st.lists(st.text(alphabet="abcde", min_size=1, max_size=9), max_size=200).map(". ".join)
)
@example("x" * 1000)
@example("ab " * 500)
@example("\n\n".join(["p" * 130] * 9))
def test_parts_stand_where_they_say_are_short_overlap_a_little_and_lose_nothing(text: str) -> None:
    parts = sections(text, LONGEST, OVERLAP)
    covered = [False] * len(text)
    for part in parts:
        assert text[part.start : part.end] == part.text == part.text.strip()
        assert 0 < len(part.text) <= LONGEST
        covered[part.start : part.end] = [True] * len(part.text)
    for before, after in itertools.pairwise(parts):
        assert before.start < after.start
        assert before.end - after.start <= OVERLAP
    if "#" not in text and "`" not in text and "~" not in text:
        assert not "".join(letter for letter, seen in zip(text, covered, strict=True) if not seen).strip()


def test_what_is_said_across_a_cut_is_found_whole() -> None:
    text = "# A\n\n" + " ".join(f"This is sentence {n}." for n in range(40))
    parts = sections(text, LONGEST, OVERLAP)
    assert len(parts) > 3
    for before, after in itertools.pairwise(parts):
        shared = text[after.start : before.end]
        assert shared.startswith("This is")
        assert shared.endswith(".")


def test_a_part_that_both_rankings_have_comes_before_the_first_of_one() -> None:
    assert fused([["a", "b", "c"], ["d", "c"]]) == ["c", "a", "d", "b"]
    assert 1 / (K + 3) + 1 / (K + 2) > 1 / (K + 1)


@given(st.lists(st.lists(st.integers(0, 30), unique=True), max_size=4))
def test_fusing_loses_nothing_and_invents_nothing(rankings: list[list[int]]) -> None:
    best = fused(rankings)
    assert sorted(best) == sorted({one for ranking in rankings for one in ranking})
    if len(rankings) == 1:
        assert best == rankings[0]


def test_vectors_have_length_one_and_a_text_without_words_has_none() -> None:
    rows = embed(["how long do we keep backups", "backup retention is ninety days", "our dog is called Rex", ""])
    assert rows.shape == (4, DIMENSIONS)
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 1, 1, 0])
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert embed([]).shape == (0, DIMENSIONS)
