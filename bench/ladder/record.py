"""What was measured so far, one JSON line a case, so that a run that was broken off goes on where it stood."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from bench.ladder.cases import Case
from contracts.llm import Answer, Message, Rung, Verdict


class Try(BaseModel):
    """One call of the local model."""

    model_config = ConfigDict(frozen=True)

    rung: Rung = Rung.NATIVE
    verdict: Verdict
    form_fits: bool
    repaired: bool = False
    input_tokens: int
    output_tokens: int
    seconds: float
    reply: str
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> "Try":
        """A call through the activity."""
        return cls(
            rung=answer.rung,
            verdict=answer.verdict,
            form_fits=answer.form_fits,
            repaired=answer.repaired,
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            seconds=answer.duration_s,
            reply=answer.reply,
            problems=answer.problems,
        )


class Result(BaseModel):
    """What came of one case in one part of the bench. `value` is set where it fits; `right`: it is the known answer."""

    model_config = ConfigDict(frozen=True)

    part: str
    contract: str
    case: str
    value: JsonValue = None
    right: bool = False
    calls: int
    tokens: int
    """Of all replies."""
    seconds: float
    tries: tuple[Try, ...] = ()
    prompt: tuple[Message, ...] = ()
    """Of the first call, for the peers to be given the same."""
    max_tokens: int = 0

    @property
    def fits(self) -> bool:
        """Whether a value came of it that passes the contract."""
        return self.value is not None


class Record:
    """All results, on disk as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._results = {_key(one): one for one in map(Result.model_validate_json, lines)}

    def __len__(self) -> int:
        return len(self._results)

    def add(self, result: Result) -> None:
        """Keep it, now."""
        self._results[_key(result)] = result
        with self._path.open("a", encoding="utf-8") as file:
            file.write(result.model_dump_json() + "\n")

    def find(self, part: str, case: str) -> Result | None:
        """The result of a case, if there is one."""
        return self._results.get((part, case))

    def of(self, part: str, contract: str) -> list[Result]:
        """All results of a part for one contract, in the order of the cases."""
        found = [one for one in self._results.values() if (one.part, one.contract) == (part, contract)]
        return sorted(found, key=lambda one: one.case)


def _key(result: Result) -> tuple[str, str]:
    return result.part, result.case


def total(tries: Sequence[Try]) -> tuple[int, int, float]:
    """Calls, tokens of the replies, seconds."""
    return len(tries), sum(one.output_tokens for one in tries), sum(one.seconds for one in tries)


def is_right(case: Case, value: object) -> bool:
    """Whether it is the case's answer."""
    return value is not None and case.blank.contract.value.model_validate(value) == case.right
