"""What a run that was stopped says about how to go on."""

import json
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from contracts.budgets import Budget, Limit, Limits
from contracts.processes import Process, ProcessInput


def how_to_go_on(
    process: Process, request: ProcessInput, occasion: str, workflow_id: str, limits: Limits, limit: Limit | None
) -> str:
    """The command that takes up the same business action: what was done is found by its key, not done again."""
    given = request.model_dump(mode="json", exclude_none=True, exclude={"by", "tenant", "budget", "occasion"})
    again = {"input": _json(given), "occasion": occasion, "id": f"{workflow_id}/2"}
    if request.tenant:
        again["tenant"] = request.tenant
    if budget := _raised(request.budget, limits, limit).model_dump(mode="json", exclude_none=True):
        again["budget"] = _json(budget)
    # With "=", for a word that begins with "-" is no flag then.
    flags = " ".join(f"--{name}={_word(value)}" for name, value in again.items())
    return f"to go on, doing nothing twice: signoff start {process.name} {flags}"


def _raised(budget: Budget | None, limits: Limits, limit: Limit | None) -> Budget:
    """The request's budget, with twice of what ran out; as it was where no budget can hold that much."""
    budget = budget or Budget()
    more = {limit: getattr(limits, limit) * 2 or 1} if limit else {}
    with suppress(ValidationError):
        return Budget.model_validate(budget.model_dump(exclude_none=True) | more)
    return budget


def _json(value: Any) -> str:
    return json.dumps(value).replace("'", "\\u0027")


def _word(text: str) -> str:
    """One word of a shell's command line."""
    return "'" + text.replace("'", "'\\''") + "'"
