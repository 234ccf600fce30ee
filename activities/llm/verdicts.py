"""What a reply is worth."""

from dataclasses import dataclass, replace
from typing import Any, assert_never

from pydantic import BaseModel, JsonValue

from activities.llm.calls import what_is_wrong
from activities.llm.finding import parts
from activities.llm.parsing import Parsed, parsed
from activities.providers.base import REPLY_TOOL, Completion, Finish
from activities.providers.reply import REPLY_LIMIT
from contracts.llm import Rung, Verdict
from contracts.outputs import OutputContract

_MOST_PROBLEMS = 8
_LONGEST_PROBLEM = 300
_LONGEST_REASONING = 20_000
_BROKEN_CHARACTER = "\ufffd"
_LOST = "it holds a broken character (U+FFFD): write that word again"


@dataclass(frozen=True)
class Asked:
    """How the reply was asked for, as far as it matters to what it is worth."""

    rung: Rung = Rung.NATIVE
    repair: bool = True
    scratchpad: bool = False


@dataclass(frozen=True)
class Judgement:
    """A verdict; the value where it fits, and what is wrong, in words that a model can act upon, where it does not.

    `form_fits`: the value has the contract's type, whatever the contract's check says of it. `reasoning` is what the
    model thought in private, at most 20,000 characters of it; nothing of it is in the value or in the problems.
    """

    verdict: Verdict
    problems: tuple[str, ...] = ()
    value: JsonValue = None
    form_fits: bool = False
    repaired: bool = False
    reasoning: str | None = None


def judged(reply: Completion, contract: OutputContract[Any, Any], facts: BaseModel, asked: Asked) -> Judgement:
    """The verdict on a reply: how it ended comes first, then its form, then the contract's own check. Never raises."""
    try:
        judgement = _judged(reply, contract, facts, asked)
    except Exception as error:  # the reply is paid for: were this to fail the call, it would be bought again
        why = f"the type of {contract.name} failed on this reply ({type(error).__name__})"
        judgement = Judgement(Verdict.MISFIT, (why,))
    thoughts = "\n\n".join(part for part in (reply.reasoning, judgement.reasoning) if part)
    reasoning = _text(thoughts)[:_LONGEST_REASONING] or None
    return replace(judgement, problems=_bounded(judgement.problems), reasoning=reasoning)


def _judged(reply: Completion, contract: OutputContract[Any, Any], facts: BaseModel, asked: Asked) -> Judgement:
    match reply.finish:
        case Finish.COMPLETE | Finish.LENGTH:
            return _judged_form(reply, contract, facts, asked)
        case Finish.DECLINED:
            return Judgement(Verdict.DECLINED, (f"the model declined: {reply.note or reply.reason}",))
        case Finish.BROKEN:
            return Judgement(Verdict.CUT, (reply.note or "the reply broke off",))
        case Finish.OVERLONG:
            return Judgement(Verdict.MISFIT, ("the reply is far too long: send what was asked for and nothing else",))
        case _:
            assert_never(reply.finish)


def _judged_form(reply: Completion, contract: OutputContract[Any, Any], facts: BaseModel, asked: Asked) -> Judgement:
    if len(reply.text) + sum(len(call.arguments) for call in reply.calls) > REPLY_LIMIT:
        return _judged(replace(reply, finish=Finish.OVERLONG), contract, facts, asked)
    one = _read(reply, contract, asked)
    if one.value is None and reply.finish is Finish.LENGTH:
        why = "the reply was cut off at the token limit: be much shorter"
        return Judgement(Verdict.OUT_OF_ROOM, (why,), reasoning=one.thoughts)
    if one.value is None or _lost_characters(one.value, facts):
        return Judgement(Verdict.MISFIT, one.problems or (_LOST,), reasoning=one.thoughts)
    problems = tuple(_checked(one.value, contract, facts))
    return Judgement(
        Verdict.MISFIT if problems else Verdict.FITS,
        problems,
        None if problems else one.wire,
        form_fits=True,
        repaired=one.repaired,
        reasoning=one.thoughts,
    )


def _read(reply: Completion, contract: OutputContract[Any, Any], asked: Asked) -> Parsed[Any]:
    """What the reply says, in the form in which it was asked for, or as text.

    A type that no strict mode takes is asked for as a tool's input on other rungs too, so that a call may come on each.
    """
    text, thoughts = reply.text, ""
    if reply.calls:
        thoughts = parts(_text(text)).thoughts
        if wrong := what_is_wrong(reply.calls):
            return Parsed(None, (wrong,), thoughts=thoughts)
        text = reply.calls[0].arguments
    one = parsed(
        _text(text),
        contract.value,
        repair=asked.repair,
        scratchpad=asked.scratchpad,
        xml=asked.rung is Rung.XML,
    )
    if asked.rung is Rung.TOOL and not reply.calls and one.value is None:
        one = replace(one, problems=(f"there is no call of the tool {REPLY_TOOL}: call it once", *one.problems))
    return replace(one, thoughts="\n\n".join(part for part in (thoughts, one.thoughts) if part))


def _lost_characters(value: BaseModel, facts: BaseModel) -> bool:
    """Bytes that were no character: a part of the text is lost, unless the facts have that sign themselves."""
    return _BROKEN_CHARACTER in value.model_dump_json() and _BROKEN_CHARACTER not in facts.model_dump_json()


def _checked(value: BaseModel, contract: OutputContract[Any, Any], facts: BaseModel) -> list[str]:
    try:
        return contract.check(value, facts)
    except Exception as error:  # the reply is paid for: were this to fail the call, it would be bought again
        return [f"the check of {contract.name} failed on this reply ({type(error).__name__})"]


def _text(text: str) -> str:
    """Surrogate pairs joined, and half of one, which is no text and cannot be recorded, as a broken character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _bounded(problems: tuple[str, ...]) -> tuple[str, ...]:
    shown = (problem[:_LONGEST_PROBLEM] for problem in problems[:_MOST_PROBLEMS])
    return tuple("".join(c if c.isprintable() else " " for c in problem) for problem in shown)
