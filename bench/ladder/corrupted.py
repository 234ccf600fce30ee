"""A model that breaks one reply, at one rung, in one way: which rung rescues it, and does a wrong value ever pass?"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from activities.providers.base import REPLY_TOOL, Call, Completion, Finish, ToolCall
from bench.ladder.cases import Case, all_cases
from bench.ladder.climbing import activities, climb, own_prompts
from contracts.llm import RUNGS, ModelRef, Rung, Verdict
from tests.support.corrupter import CORRUPTIONS, as_xml

MODEL = ModelRef(provider="scripted", model="corrupter")
CASES_EACH = 5
"""Of each contract, for each corruption at each rung."""


@dataclass(frozen=True)
class Rescue:
    """What became of one broken reply. `rung`: where a value came of it; None: nowhere."""

    corruption: str
    broken_at: Rung
    rung: Rung | None
    wrong: bool
    """The value is another than the one that was broken."""


class BreaksOne:
    """Speaks prose until it is asked in the form of `at`; breaks its reply there; from then on says it well."""

    def __init__(self, right: str, at: Rung, broken: str) -> None:
        self._right, self._at, self._broken = right, at, broken

    async def complete(self, call: Call) -> Completion:
        """The reply of this rung."""
        before = RUNGS.index(call.rung) < RUNGS.index(self._at)
        if before:
            return Completion("Let me think about that.", Finish.COMPLETE)
        text = self._broken if call.rung is self._at else _as_asked(call.rung, self._right)
        if call.rung is Rung.TOOL:
            return Completion("", Finish.COMPLETE, calls=(ToolCall("call_1", REPLY_TOOL, text),))
        return Completion(text, Finish.COMPLETE)

    async def close(self) -> None:
        """Nothing is open."""


async def corrupted() -> list[Rescue]:
    """Every corruption of `CORRUPTIONS`, at every rung, on some cases of every contract."""
    cases = [case for group in all_cases().values() for case in group[:CASES_EACH]]
    with tempfile.TemporaryDirectory() as folder, own_prompts():
        return [await _rescued(name, at, case, broken, Path(folder)) for name, at, case, broken in _breaks(cases)]


def _breaks(cases: list[Case]) -> Iterator[tuple[str, Rung, Case, str]]:
    """What there is to break; a reply without a number cannot say NaN for one."""
    for name, corrupt in CORRUPTIONS.items():
        for at in RUNGS:
            for case in cases:
                right = case.right.model_dump_json()
                broken = corrupt(right, Random(f"{name}/{at}/{case.key}"))
                if broken != right:
                    yield name, at, case, broken


async def _rescued(name: str, at: Rung, case: Case, broken: str, folder: Path) -> Rescue:
    provider = BreaksOne(case.right.model_dump_json(), at, broken)
    left, _ = await climb(activities(folder, {}, {MODEL.provider: provider}), case.blank, MODEL)
    if left.answer is None or left.answer.verdict is not Verdict.FITS:
        return Rescue(name, at, None, wrong=False)
    value = case.blank.contract.value.model_validate(left.answer.value)
    return Rescue(name, at, left.answer.rung, wrong=value != case.right)


def _as_asked(rung: Rung, right: str) -> str:
    return as_xml(json.loads(right)) if rung is Rung.XML else right
