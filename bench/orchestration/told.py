"""One run as its history tells it, and what its model calls would cost elsewhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from activities.llm.prices import Prices
from activities.providers.base import Completion, Finish
from contracts.best_draft import BEST_DRAFT
from contracts.llm import ModelRef, Usage
from starters.explanation import Decision, Explanation
from starters.words import dig
from workflows.steps.blanks import TEMPLATE

PRICED = ModelRef(provider="anthropic", model="claude-sonnet-5-5")
"""At whose price the tokens are told."""

TOOL_STEPS = frozenset(step.name for step in BEST_DRAFT.steps if step.tool)

Tokens = tuple[int, int]
"""Of one call: read, written."""


@dataclass(frozen=True)
class Told:
    """What came of a run."""

    outcome: str
    reason: str | None
    tokens: tuple[Tokens, ...]
    """Of each model call that was answered."""
    calls: int
    templates: int
    """Steps in which code took a model's place."""
    path: tuple[str, ...]
    seconds: float
    mails: int


def told(story: Explanation, seconds: float, mails: int) -> Told:
    """As much of it as the tables need."""
    asked = [one for one in story.decisions if one.by == "model"]
    answered = [(one.input_tokens, one.output_tokens) for one in asked]
    return Told(
        outcome=str(dig(story.result, "outcome") or story.status),
        reason=dig(story.result, "reason") or story.error,
        tokens=tuple((read, written) for read, written in answered if read is not None and written is not None),
        calls=len(asked),
        templates=sum(one.outcome == TEMPLATE for one in story.decisions),
        path=path_of(story.decisions),
        seconds=seconds,
        mails=mails,
    )


def path_of(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Which models and tools a run used, in order. However often one thing is asked, it is one step: a turn of a
    conversation by where that stands (its head), any other by its name."""
    seen = dict.fromkeys(
        (one.step, json.dumps(dig(one.input, "head")))
        for one in decisions
        if one.by == "model" or (one.by == "code" and one.step in TOOL_STEPS)
    )
    return tuple(step for step, _ in seen)


def usd(tokens: Sequence[Tokens]) -> Decimal:
    """What calls of so many tokens cost at the price of PRICED, with nothing cached."""
    prices = Prices({})
    total = Decimal(0)
    for read, written in tokens:
        usage = Usage(input_tokens=read, output_tokens=written)
        cost = prices.cost_usd(PRICED, Completion("", Finish.COMPLETE, usage=usage))
        assert cost is not None, f"no price is known for {PRICED}"
        total += cost
    return total
