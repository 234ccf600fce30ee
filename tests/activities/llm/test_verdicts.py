"""What a reply is worth: how it ended, its form, its content, and what of it nobody may act upon."""

import pytest
from pydantic import BaseModel, field_validator

from activities.llm.verdicts import Asked, judged
from activities.providers.base import REPLY_TOOL, Completion, Finish, ToolCall
from contracts.llm import Rung, Verdict
from tests.activities.llm.replies import NoFacts, Part, contract, judge

GOOD = '{"name": "Roof", "size": 2.5}'
VALUE = {"name": "Roof", "size": 2.5}
RUNGS = list(Rung)


def call(arguments: str = GOOD, name: str = REPLY_TOOL, id: str = "1") -> ToolCall:
    """A call of the reply's tool."""
    return ToolCall(id, name, arguments)


@pytest.mark.parametrize("rung", RUNGS)
def test_a_reply_that_fits_fits_on_each_rung(rung: Rung) -> None:
    text = "<reply><name>Roof</name><size>2.5</size></reply>" if rung is Rung.XML else GOOD
    for calls in ((), (call(),)):
        judgement = judge("" if calls and rung is Rung.TOOL else text, Part, rung, calls=calls)
        assert (judgement.verdict, judgement.value, judgement.problems) == (Verdict.FITS, VALUE, ())
        assert judgement.form_fits
        assert judgement.reasoning is None


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize(
    "cut", ['{"name": "Ro', '{"name": "Roof"', '{"name": "Roof", "size": 2', "<reply><name>Roof", ""]
)
def test_a_reply_that_was_cut_at_its_limit_is_out_of_room(rung: Rung, cut: str) -> None:
    calls = (call(cut),) if rung is Rung.TOOL else ()
    judgement = judge("" if calls else cut, Part, rung, Finish.LENGTH, calls)
    assert (judgement.verdict, judgement.form_fits) == (Verdict.OUT_OF_ROOM, False)
    assert "shorter" in judgement.problems[0]


@pytest.mark.parametrize("text", [GOOD, f"{GOOD}\nI hope that this he", f"```json\n{GOOD}\n```\n", GOOD[:-1] + ",}"])
def test_a_reply_that_is_whole_fits_though_its_limit_was_met(text: str) -> None:
    assert judge(text, Part, finish=Finish.LENGTH).value == VALUE


def test_a_whole_reply_with_wrong_words_needs_no_more_room() -> None:
    reply = Completion(GOOD, Finish.LENGTH)
    judgement = judged(reply, contract(Part, lambda value, facts: ["too dear"]), NoFacts(), Asked())
    assert (judgement.verdict, judgement.problems, judgement.form_fits) == (Verdict.MISFIT, ("too dear",), True)
    assert judgement.value is None


@pytest.mark.parametrize("rung", RUNGS)
def test_how_a_reply_ended_comes_first(rung: Rung) -> None:
    def verdict(finish: Finish) -> Verdict:
        reply = Completion(GOOD, finish, note="why", calls=(call(),), reasoning="thought")
        judgement = judged(reply, contract(Part), NoFacts(), Asked(rung=rung))
        assert judgement.problems
        assert judgement.value is None
        assert judgement.reasoning == "thought"
        return judgement.verdict

    assert verdict(Finish.DECLINED) is Verdict.DECLINED
    assert verdict(Finish.BROKEN) is Verdict.CUT
    assert verdict(Finish.OVERLONG) is Verdict.MISFIT


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ((call(name="send_mail"),), ["there is no tool 'send_mail'"]),
        ((call(), call(id="2")), ["there are 2 calls"]),
        ((call(), call()), ["there are 2 calls", "one id"]),
        (tuple(call(name=f"t{n}" * 99, id=str(n % 7)) for n in range(300)), ["300 calls", "and others", "one id"]),
        ((call(name="x\x1b[2J\n" * 99),), ["there is no tool"]),
        ((call('{"name": 5}'),), ["name: Input should be a valid string"]),
        ((call('{"name": "Roof", "size": "big"}'),), ["size: Input should be a valid number"]),
        ((call(""),), ["empty"]),
        ((call("Roof"),), ["no object"]),
        ((call('{"name": "Ro'),), ["breaks off"]),
        ((), [f"no call of the tool {REPLY_TOOL}"]),
    ],
)
def test_a_call_that_cannot_be_used_is_refused_with_its_reason(calls: tuple[ToolCall, ...], says: list[str]) -> None:
    judgement = judge("Here you are.", Part, Rung.TOOL, calls=calls)
    assert (judgement.verdict, judgement.form_fits) == (Verdict.MISFIT, False)
    for word in says:
        assert word in judgement.problems[0]
    assert all(len(problem) <= 300 and problem.isprintable() for problem in judgement.problems)


def test_what_was_asked_as_a_call_and_answered_as_text_is_overlooked() -> None:
    assert judge(f"Sure: {GOOD}", Part, Rung.TOOL).value == VALUE
    assert judge("<thinking>hm</thinking>", Part, Rung.TOOL, calls=(call(),)).reasoning == "hm"


@pytest.mark.parametrize("rung", RUNGS)
def test_a_call_is_the_reply_on_whatever_rung_it_comes(rung: Rung) -> None:
    assert judge("Here you are.", Part, rung, calls=(call(),)).value == VALUE
    assert judge(GOOD, Part, rung, calls=(call(name="send_mail"),)).verdict is Verdict.MISFIT


def test_a_calls_arguments_are_mended_as_a_text_is() -> None:
    calls = (call(GOOD[:-1] + ",}"),)
    assert judge("", Part, Rung.TOOL, calls=calls).repaired
    assert judge("", Part, Rung.TOOL, calls=calls, repair=False).verdict is Verdict.MISFIT


@pytest.mark.parametrize("rung", RUNGS)
def test_thoughts_are_kept_and_go_no_further(rung: Rung) -> None:
    secret = "SECRET"
    broken = f'{{"reasoning": "{secret} "{secret}"", "name": "x"}}'
    for text in (
        f"<thinking>{secret}</thinking>no",
        f"<think>{secret}",
        broken,
        f'{{"reasoning": "{secret}", "name": 5}}',
    ):
        judgement = judge(text, Part, rung, scratchpad=True)
        assert judgement.verdict is Verdict.MISFIT
        assert secret not in str(judgement.problems)
    text = f'<thinking>{secret} 1</thinking>{{"reasoning": "{secret} 2", "name": "Roof"}}'
    reply = Completion(text, Finish.COMPLETE, reasoning=f"{secret} 0")
    judgement = judged(reply, contract(Part), NoFacts(), Asked(rung=rung, scratchpad=True))
    assert judgement.value == {"name": "Roof", "size": None}
    assert judgement.reasoning == f"{secret} 0\n\n{secret} 1\n\n{secret} 2"


def test_thoughts_are_bounded_and_can_be_recorded() -> None:
    thoughts = "a\ud83d\ude00\ud83d" * 9_000
    judgement = judge(f"<thinking>{thoughts}</thinking>{GOOD}", Part)
    assert judgement.verdict is Verdict.FITS
    assert judgement.reasoning
    assert judgement.reasoning.startswith("a\U0001f600\ufffda")
    assert len(judgement.reasoning) == 20_000


def test_a_character_that_was_lost_does_not_pass_for_a_word() -> None:
    text = GOOD.replace("Roof", "R\ufffdf")
    judgement = judge(text, Part)
    assert (judgement.verdict, judgement.form_fits) == (Verdict.MISFIT, False)
    assert "U+FFFD" in judgement.problems[0]
    assert judge(GOOD.replace("Roof", "R\ud83d\ude00f"), Part).value == {**VALUE, "name": "R\U0001f600f"}

    class Notes(BaseModel):
        notes: str

    reply = Completion(text, Finish.COMPLETE)
    assert judged(reply, contract(Part), Notes(notes="a R\ufffdf"), Asked()).verdict is Verdict.FITS


def test_problems_are_few_and_short_and_on_one_line() -> None:
    problems = [f"problem {n}\n\x1b[31m\u202e" + "x" * 999 for n in range(99)]
    reply = Completion(GOOD, Finish.COMPLETE)
    judgement = judged(reply, contract(Part, lambda value, facts: problems), NoFacts(), Asked())
    assert len(judgement.problems) == 8
    assert all(len(problem) <= 300 and problem.isprintable() for problem in judgement.problems)


def test_a_check_that_fails_does_not_make_the_reply_be_bought_again() -> None:
    def broken(value: Part, facts: NoFacts) -> list[str]:
        raise ZeroDivisionError

    judgement = judged(Completion(GOOD, Finish.COMPLETE), contract(Part, broken), NoFacts(), Asked())
    assert (judgement.verdict, judgement.form_fits) == (Verdict.MISFIT, True)
    assert "ZeroDivisionError" in judgement.problems[0]


def test_a_type_that_fails_does_not_make_the_reply_be_bought_again() -> None:
    class Broken(BaseModel):
        name: str

        @field_validator("name")
        @classmethod
        def divide(cls, name: str) -> str:
            raise ZeroDivisionError(name)

    judgement = judge('{"name": "secret"}', Broken)
    assert (judgement.verdict, judgement.form_fits) == (Verdict.MISFIT, False)
    assert judgement.problems == ("the type of test failed on this reply (ZeroDivisionError)",)
