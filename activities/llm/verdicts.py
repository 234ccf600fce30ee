"""What a reply is worth."""

from dataclasses import dataclass
from typing import Any, assert_never

from pydantic import BaseModel, JsonValue
from pydantic_core import from_json

from activities.llm.parsing import parsed
from activities.providers.base import Completion, Finish
from contracts.llm import Verdict
from contracts.outputs import OutputContract

_MOST_PROBLEMS = 8
_LONGEST_PROBLEM = 300


@dataclass(frozen=True)
class Judgement:
    """A verdict; the value where it fits, and what is wrong, in words that a model can act upon, where it does not."""

    verdict: Verdict
    problems: tuple[str, ...] = ()
    value: JsonValue = None


def judged(reply: Completion, contract: OutputContract[Any, Any], facts: BaseModel) -> Judgement:
    """The verdict on a reply: how it ended comes first, then its form, then the contract's own check."""
    match reply.finish:
        case Finish.COMPLETE:
            return _judged_text(reply.text, contract, facts)
        case Finish.DECLINED:
            return Judgement(Verdict.DECLINED, _bounded([f"the model declined: {reply.note or reply.reason}"]))
        case Finish.LENGTH:
            return Judgement(Verdict.CUT, ("the reply was cut off at the token limit: be much shorter",))
        case Finish.BROKEN:
            return Judgement(Verdict.CUT, _bounded([reply.note]))
        case Finish.OVERLONG:
            return Judgement(Verdict.MISFIT, ("the reply is far too long: send the JSON object and nothing else",))
        case _:
            assert_never(reply.finish)


def _judged_text(text: str, contract: OutputContract[Any, Any], facts: BaseModel) -> Judgement:
    value, problems = parsed(text, contract.value)
    if value is not None:
        problems = _checked(value, contract, facts)
    if value is None or problems:
        return Judgement(Verdict.MISFIT, _bounded(problems))
    return Judgement(Verdict.FITS, value=from_json(value.model_dump_json()))  # as history will have it


def _checked(value: BaseModel, contract: OutputContract[Any, Any], facts: BaseModel) -> list[str]:
    try:
        return contract.check(value, facts)
    except Exception as error:  # the reply is paid for: were this to fail the call, it would be bought again
        return [f"the check of {contract.name} failed on this reply ({type(error).__name__})"]


def _bounded(problems: list[str]) -> tuple[str, ...]:
    return tuple(problem[:_LONGEST_PROBLEM] for problem in problems[:_MOST_PROBLEMS])
