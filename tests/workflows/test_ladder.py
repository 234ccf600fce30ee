"""Which rung comes next, for every way in which a call can end. Pure: the calls are made by a stand-in."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from contracts.llm import RUNGS, Answer, ModelRef, Quote, Rung, Verdict
from contracts.sales_follow_up import BUYER_SIGNALS, BuyerSignals, NotesFacts
from workflows.steps.asking import Asker, Lost, Question, Silence
from workflows.steps.blanks import Blank
from workflows.steps.llm import Climb, Tried

MODEL = ModelRef(provider="scripted", model="replies.json")
BLANK = Blank(
    step="summarise-signals",
    summary="Summarise",
    prompt="sales_follow_up/summarise_signals",
    variables={"notes": ""},
    contract=BUYER_SIGNALS,
    facts=NotesFacts(notes=""),
    otherwise=lambda: BuyerSignals(signals=[]),
)
QUOTE = Quote(input_tokens=10, max_tokens=1000, most_tokens=32_000, usd=Decimal("0.01"))

Came = Answer | Lost | Silence


def answer(verdict: Verdict, *, form_fits: bool = False) -> Answer:
    """A reply that was judged so."""
    value: JsonValue = {"signals": []} if verdict is Verdict.FITS else None
    return Answer(
        verdict=verdict,
        value=value,
        problems=() if value else (f"it is {verdict}",),
        form_fits=form_fits,
        reply=f"a reply that is {verdict}",
        prompt=(),
        prompt_version="0" * 12,
        model=MODEL,
        duration_s=1,
    )


FITS, MALFORMED = answer(Verdict.FITS), answer(Verdict.MISFIT)
WRONG = answer(Verdict.MISFIT, form_fits=True)
DECLINED, CUT, OUT_OF_ROOM = answer(Verdict.DECLINED), answer(Verdict.CUT), answer(Verdict.OUT_OF_ROOM)
LOST, DOWN, REFUSED = Lost("a dead worker"), Silence("busy", down=True), Silence("no such model", down=False)


class StandIn:
    """Answers as told, the last answer for ever; remembers what it was asked and how long it was made to wait."""

    def __init__(self, came: Sequence[Came], quote: Quote = QUOTE, rich: bool = True) -> None:
        self._came, self._quote, self._rich = list(came), quote, rich
        self.asked: list[Question] = []
        self.waits: list[timedelta] = []

    async def ask(self, _: Blank[Any], question: Question) -> tuple[Came, Quote | None]:
        """The next of what was told."""
        self.asked.append(question)
        came = self._came.pop(0) if len(self._came) > 1 else self._came[0]
        most = min(question.max_tokens, self._quote.most_tokens)
        return came, None if isinstance(came, Silence) else self._quote.model_copy(update={"max_tokens": most})

    def affords(self, _: Quote) -> bool:
        """Whether there is money left."""
        return self._rich

    async def wait(self, _: str, wanted: timedelta, __: str) -> None:
        """No time passes here."""
        self.waits.append(wanted)


async def climb(
    *came: Came, quote: Quote = QUOTE, rich: bool = True, blank: Blank[Any] = BLANK
) -> tuple[Tried, StandIn]:
    """How the model was left, and what it had been asked."""
    stand_in = StandIn(came, quote, rich)
    return await Climb(cast(Asker, stand_in), blank, MODEL).run(), stand_in


def rungs(stand_in: StandIn) -> list[Rung]:
    return [question.rung for question in stand_in.asked]


async def test_a_reply_that_fits_is_the_last_call() -> None:
    left, asked = await climb(FITS)
    assert left.answer is FITS
    assert rungs(asked) == [Rung.NATIVE]


async def test_malformed_replies_climb_every_rung_in_order_and_show_what_was_wrong() -> None:
    left, asked = await climb(MALFORMED)
    assert rungs(asked) == list(RUNGS)
    assert asked.asked[0].retry is None
    assert all(question.retry and question.retry.problems == MALFORMED.problems for question in asked.asked[1:])
    assert left.answer is MALFORMED
    assert not left.down


async def test_another_form_is_not_tried_on_a_reply_whose_words_are_wrong() -> None:
    left, asked = await climb(WRONG)
    assert rungs(asked) == [Rung.NATIVE, Rung.REASK]
    assert left.answer is WRONG


async def test_words_that_are_wrong_after_the_form_was_mended_are_asked_again_once() -> None:
    _, asked = await climb(MALFORMED, WRONG)
    assert rungs(asked) == [Rung.NATIVE, Rung.TOOL, Rung.REASK]


async def test_a_refusal_is_asked_in_one_other_form_and_nothing_of_it_is_shown_again() -> None:
    left, asked = await climb(DECLINED)
    assert rungs(asked) == [Rung.NATIVE, Rung.TOOL]
    assert all(question.retry is None for question in asked.asked)
    assert left.answer is DECLINED


async def test_a_refusal_with_no_other_form_left_is_not_asked_again() -> None:
    only = Blank(**{**vars(BLANK), "rungs": (Rung.NATIVE, Rung.REASK)})
    _, asked = await climb(DECLINED, blank=only)
    assert rungs(asked) == [Rung.NATIVE]


async def test_out_of_room_gets_twice_the_room_once_and_then_the_next_rung() -> None:
    _, asked = await climb(OUT_OF_ROOM)
    assert [(question.rung, question.max_tokens) for question in asked.asked[:3]] == [
        (Rung.NATIVE, 1000),
        (Rung.NATIVE, 2000),
        (Rung.TOOL, 2000),
    ]
    assert len(asked.asked) == len(RUNGS) + 1


@pytest.mark.parametrize(
    ("quote", "rich"),
    [(QUOTE.model_copy(update={"most_tokens": 1000}), True), (QUOTE, False)],
    ids=["the model has no more", "the budget has no more"],
)
async def test_without_more_room_the_next_rung_is_taken(quote: Quote, rich: bool) -> None:
    _, asked = await climb(OUT_OF_ROOM, FITS, quote=quote, rich=rich)
    assert [(question.rung, question.max_tokens) for question in asked.asked] == [
        (Rung.NATIVE, 1000),
        (Rung.TOOL, 1000),
    ]


@pytest.mark.parametrize("broken", [CUT, LOST], ids=["cut", "lost"])
async def test_a_reply_that_broke_off_is_asked_for_again_after_a_while_and_then_the_model_is_left(broken: Came) -> None:
    left, asked = await climb(broken)
    assert rungs(asked) == [Rung.NATIVE] * 3
    assert asked.waits == [timedelta(seconds=2), timedelta(seconds=4)]
    assert not left.down  # each reply is paid for, so it is not waited for
    assert left.answer is None


async def test_a_break_in_the_middle_of_the_ladder_goes_on_at_the_same_rung() -> None:
    _, asked = await climb(MALFORMED, LOST, FITS)
    assert rungs(asked) == [Rung.NATIVE, Rung.TOOL, Rung.TOOL]
    assert asked.asked[2].retry == asked.asked[1].retry


@pytest.mark.parametrize(("silence", "down"), [(DOWN, True), (REFUSED, False)])
async def test_a_model_that_is_not_to_be_had_is_left_at_once(silence: Silence, down: bool) -> None:
    left, asked = await climb(silence)
    assert len(asked.asked) == 1
    assert (left.down, left.why, left.answer) == (down, silence.why, None)


_ANYTHING = st.lists(
    st.sampled_from([FITS, MALFORMED, WRONG, DECLINED, CUT, OUT_OF_ROOM, LOST, DOWN, REFUSED]), min_size=1, max_size=20
)


@given(_ANYTHING, st.lists(st.sampled_from(RUNGS), min_size=1, unique=True), st.booleans())
async def test_no_model_is_asked_without_end_nor_in_a_form_that_the_step_does_not_use(
    came: list[Came], used: list[Rung], rich: bool
) -> None:
    left, asked = await climb(*came, rich=rich, blank=Blank(**{**vars(BLANK), "rungs": tuple(used)}))
    # Each rung once, one more for room, and those that broke off.
    assert len(asked.asked) <= len(used) + 1 + 2
    assert set(rungs(asked)) <= set(used)
    order = [used.index(rung) for rung in rungs(asked)]
    assert order == sorted(order)
    fitted = [one for one in (came + [came[-1]] * 20)[: len(asked.asked)] if one is FITS]
    assert bool(fitted) == (left.answer is FITS)
