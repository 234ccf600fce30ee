"""Each way to break a reply has one right outcome, and none of them makes another value of it."""

import json
import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from contracts.llm import Verdict
from tests.activities.llm.replies import VALUES, VISIT, Visit, judge, written
from tests.support.corrupter import CORRUPTIONS, VALID

AS_IT_IS = {"prose around it", "code fence", "scratchpad before it", "said twice", "byte order mark"}
MENDED = {
    "trailing comma",
    "single quotes",
    "typographic quotes",
    "Python's names",
    "a Python dict",
    "keys without quotes",
    "comments",
    "raw line ends in a string",
    "missing comma",
    "missing closing brace",
    "a closing brace too many",
    "JSON in a string",
    "in a list",
}
SEEDS = range(10)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_has_one_outcome(name: str, seed: int) -> None:
    text = CORRUPTIONS[name](written(VISIT), Random(seed))
    judgement = judge(text)
    if name in AS_IT_IS | MENDED:
        assert (judgement.verdict, judgement.value) == (Verdict.FITS, VISIT.model_dump(mode="json")), text
        assert judgement.repaired is (name in MENDED)
        assert judge(text, repair=False).verdict is (Verdict.MISFIT if name in MENDED else Verdict.FITS)
    else:
        assert judgement.verdict is Verdict.MISFIT, text
        assert judgement.problems
        assert not judgement.form_fits


@settings(max_examples=60)
@given(st.sampled_from(sorted(VALUES)).flatmap(VALUES.__getitem__), st.randoms(use_true_random=False))
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_corruption_makes_another_value(name: str, value: BaseModel, chance: Random) -> None:
    text = CORRUPTIONS[name](written(value), chance)
    judgement = judge(text, type(value))
    if judgement.verdict is Verdict.FITS:
        read = type(value).model_validate_json(json.dumps(judgement.value))
        assert read == value or (name in VALID and _says(text, read)), text


PIECES = ('"', "'", "\u201c", "\u201d", "\u2018", "\u2019", ", ", ": ", "// ", "# x", "/* ", " */", "\n", "}", "]", "a")
TWO_STRINGS = re.compile("(\u201d|\u2019)\\s*,\\s*(\u201c|\u2018)")
PUNCTUATION = st.lists(st.sampled_from(PIECES), max_size=8).map("".join).filter(lambda one: not TWO_STRINGS.search(one))


@settings(max_examples=200)
@given(st.lists(PUNCTUATION, min_size=2, max_size=4), st.booleans(), st.randoms(use_true_random=False))
@pytest.mark.parametrize("name", sorted(MENDED))
def test_no_string_makes_a_repair_say_something_else(
    name: str, strings: list[str], lines: bool, chance: Random
) -> None:
    title, closing, *tags = strings
    value = VISIT.model_copy(update={"title": title, "closing": closing, "tags": tags})
    plain = json.dumps(json.loads(written(value)), indent=1) if lines else written(value)
    judgement = judge(CORRUPTIONS[name](plain, chance))
    assert judgement.verdict is Verdict.MISFIT or Visit.model_validate(judgement.value) == value


def _says(text: str, value: BaseModel) -> bool:
    """Whether the text is JSON that says just this, word for word."""
    try:
        return type(value).model_validate_json(text) == value
    except ValidationError:
        return False
