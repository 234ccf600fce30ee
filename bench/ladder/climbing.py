"""The ladder outside a workflow: the real decisions and the real activity, without a server between them."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from unittest import mock

from temporalio.testing import ActivityEnvironment

from activities.llm.service import LlmActivities
from activities.providers.base import Provider
from bench.ladder.cases import Case
from bench.ladder.contracts import OWN
from bench.ladder.record import Result, Try, is_right, total
from contracts.catalogue import OUTPUTS
from contracts.errors import ModelRefused, ModelUnavailable
from contracts.llm import Answer, ModelRef, Quote, QuoteRequest, Rung, Verdict
from runtime.settings import load_settings
from workflows.steps.asking import Asker, Lost, Question, Silence
from workflows.steps.blanks import Blank
from workflows.steps.llm import Climb, Tried

OWN_PROMPTS = Path(__file__).parent / "prompts"
LOCAL = ModelRef(provider="local")

LADDER = "the ladder"
SCRATCHPAD = "native, with a scratchpad"


@dataclass(frozen=True)
class Attempt:
    """One call and what came of it."""

    max_tokens: int
    answer: Answer


class AskDirectly(Asker):
    """Calls the activity's own code; there is no budget that could end."""

    def __init__(self, llm: LlmActivities) -> None:
        self._llm = llm
        self._asked: Counter[tuple[str, str]] = Counter()
        self.attempts: list[Attempt] = []

    async def ask(self, blank: Blank[Any], question: Question) -> tuple[Answer | Lost | Silence, Quote | None]:
        """Quoted and asked, as a run would."""
        ask = self._formulated(blank, question, key="bench")
        quote = await ActivityEnvironment().run(self._llm.quote, QuoteRequest(ask=ask, process="bench"))
        ask = ask.model_copy(update={"max_tokens": quote.max_tokens})
        try:
            answer = await ActivityEnvironment().run(self._llm.ask, ask)
        except (ModelUnavailable, ModelRefused) as error:
            return Silence(str(error), isinstance(error, ModelUnavailable)), quote
        self.attempts.append(Attempt(quote.max_tokens, answer))
        return answer, quote

    def affords(self, quote: Quote) -> bool:
        """Always."""
        return True

    async def wait(self, step: str, wanted: timedelta, why: str) -> None:
        """After a reply that broke off."""
        # In place of the run's timer, as long.
        await asyncio.sleep(wanted.total_seconds())


async def climb(llm: LlmActivities, blank: Blank[Any], model: ModelRef) -> tuple[Tried, list[Attempt]]:
    """One model's way up the ladder, and its end."""
    asker = AskDirectly(llm)
    return await Climb(asker, blank, model).run(), asker.attempts


async def climbed(part: str, llm: LlmActivities, case: Case) -> Result:
    """One case on the local model, asked as the part asks."""
    left, attempts = await climb(llm, _blank_of(part, case), LOCAL)
    tries = tuple(Try.of(one.answer) for one in attempts)
    calls, tokens, seconds = total(tries)
    value = left.answer.value if left.answer and left.answer.verdict is Verdict.FITS else None
    return Result(
        part=part,
        contract=case.contract,
        case=case.key,
        value=value,
        right=is_right(case, value),
        calls=calls,
        tokens=tokens,
        seconds=seconds,
        tries=tries,
        prompt=attempts[0].answer.prompt if attempts else (),
        max_tokens=attempts[0].max_tokens if attempts else 0,
    )


def _blank_of(part: str, case: Case) -> Blank[Any]:
    return case.blank if part == LADDER else replace(case.blank, rungs=(Rung.NATIVE,), scratchpad=True)


@contextmanager
def own_prompts() -> Iterator[None]:
    """The bench's prompts besides the product's."""
    with mock.patch("activities.llm.prompts.files", lambda package: _Prompts(files(package))):
        yield


def activities(
    folder: Path, flags: Mapping[str, str], providers: Mapping[str, Provider] | None = None
) -> LlmActivities:
    """The product's, with the bench's contracts besides its own."""
    return LlmActivities(load_settings(flags, folder), OUTPUTS | {one.name: one for one in OWN}, providers)


class _Prompts:
    """The product's own prompts, and the bench's where the product has none."""

    def __init__(self, product: Traversable) -> None:
        self._product = product

    def joinpath(self, folder: str, name: str) -> Traversable:
        own = OWN_PROMPTS / name
        return own if own.is_file() else self._product.joinpath(folder, name)
