"""Judging and improving end at a score, after so many rounds, or where nothing is gained."""

import asyncio
from itertools import count
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from temporalio.testing import WorkflowEnvironment

from tests.workflows.pattern_desk import pattern_desk
from workflows.patterns.evaluator_optimizer import Enough, Score, improve


async def test_it_improves_until_it_is_good_enough(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with pattern_desk(env, tmp_path) as desk:
        run = await desk.start("improve", limit=4)
        assert "it is too short" in await desk.says("ask-1", "aaa")
        await desk.says("ask-1", "aaaaaa")
        assert (await run.result()).said == ["aaaaaa", 2, Enough.GOOD]


async def test_a_round_without_gain_is_the_last_and_the_best_is_kept(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with pattern_desk(env, tmp_path) as desk:
        run = await desk.start("improve", limit=4)
        await desk.says("ask-1", "aaa")
        await desk.says("ask-1", "b")
        assert (await run.result()).said == ["aaa", 2, Enough.NO_GAIN]


@given(
    st.lists(st.floats(), min_size=1), st.floats(allow_nan=False), st.integers(0, 9), st.floats(0, 1, exclude_max=True)
)
def test_whatever_the_judge_says_the_rounds_hold_and_the_best_comes_back(
    scores: list[float], good_enough: float, rounds: int, least_gain: float
) -> None:
    judged: list[float] = []
    written = count(1)

    async def judge(draft: int) -> Score:
        judged.append(scores[min(draft, len(scores) - 1)])
        return Score(judged[-1])

    async def better(draft: int, score: Score) -> int:
        return next(written)

    made = asyncio.run(improve(0, judge, better, good_enough=good_enough, rounds=rounds, least_gain=least_gain))
    assert made.rounds == len(judged) - 1 <= rounds
    assert not any(score > made.score.value for score in judged)
    assert (made.why is Enough.GOOD) == (made.score.value >= good_enough)
    assert made.why is not Enough.ROUNDS or made.rounds == rounds
