"""Whatever comes: a verdict, no exception, in bounded time, with problems that can be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from activities.llm.verdicts import Judgement
from activities.providers.base import Finish, ToolCall
from contracts.llm import Rung, Verdict
from tests.activities.llm.hostile import HOSTILE
from tests.activities.llm.replies import Household, Named, Tree, Visit, Words, judge
from tests.support.waiting import no_explosion

KINDS = (Visit, Household, Tree, Named, Words)
PIECES = (
    *('{"title": "a", "kind": "need", ', '"count": 1', "}", "{", "[", "]", ",", ":", '"', "'", "\\", "\\u12", "null"),
    *(
        "<reply>",
        "</reply>",
        "<title>",
        "</title>",
        "<thinking>",
        "</think>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
    ),
    *(
        "```json\n",
        "```",
        "//",
        "/*",
        "*/",
        "#",
        "...",
        "\ufeff",
        "\x00",
        "\ud800",
        "\ufffd",
        "\n",
        "1",
        "-",
        "NaN",
        "x",
    ),
    *('{"value": ["a"]}', '{"name": "a"}', "{name}", "\u201c", "\u201d", '"reasoning": "x"'),
)


def sound(judgement: Judgement) -> None:
    """What holds for each judgement."""
    fits = judgement.verdict is Verdict.FITS
    assert fits is not bool(judgement.problems)
    assert fits or judgement.value is None
    assert len(judgement.problems) <= 8
    assert all(problem.isprintable() and len(problem) <= 300 for problem in judgement.problems)
    assert (judgement.reasoning or "").encode() is not None
    assert len(judgement.reasoning or "") <= 20_000


def judge_as(text: str, kind: type[BaseModel], rung: Rung, finish: Finish = Finish.COMPLETE) -> Judgement:
    """As text, or as the arguments of a call."""
    if rung is Rung.TOOL:
        return judge("", kind, rung, finish, (ToolCall("1", "reply", text),), scratchpad=True)
    return judge(text, kind, rung, finish, scratchpad=True)


@pytest.mark.parametrize(("rung", "kind"), [(Rung.NATIVE, Visit), (Rung.TOOL, Words), (Rung.XML, Tree)])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_reply_is_judged_in_bounded_time(name: str, rung: Rung, kind: type[BaseModel]) -> None:
    with no_explosion():
        judgement = judge_as(HOSTILE[name], kind, rung)
    sound(judgement)
    assert judgement.verdict is Verdict.MISFIT


@given(
    st.text() | st.binary().map(lambda data: data.decode(errors="replace")) | st.text(st.characters()),
    st.sampled_from(KINDS),
    st.sampled_from(Rung),
    st.sampled_from(Finish),
)
def test_any_text_gets_a_verdict(text: str, kind: type[BaseModel], rung: Rung, finish: Finish) -> None:
    sound(judge_as(text, kind, rung, finish))


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(KINDS), st.sampled_from(Rung))
def test_any_mixture_of_what_replies_are_made_of_gets_a_verdict(text: str, kind: type[BaseModel], rung: Rung) -> None:
    sound(judge_as(text, kind, rung))


@given(st.lists(st.builds(ToolCall, st.text(), st.text() | st.just("reply"), st.text()), max_size=4), st.text())
def test_any_calls_get_a_verdict(calls: list[ToolCall], text: str) -> None:
    sound(judge(text, Tree, Rung.TOOL, calls=tuple(calls)))
