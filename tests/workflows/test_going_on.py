"""What a stopped run says about how to go on is a command that a shell and `signoff` take as it was meant."""

import shlex
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from contracts.budgets import Budget, Limit, Limits
from contracts.processes import Process, ProcessInput
from starters.cli.parser import build_parser
from starters.requests import build_request, read_budget, read_object, with_budget
from workflows.steps.going_on import how_to_go_on


class Note(BaseModel):
    """Something within an input."""

    words: str
    count: int | None = None


class Anything(ProcessInput):
    """An input with free text in it."""

    key: str
    notes: tuple[Note, ...] = ()
    labels: dict[str, str]


ANYTHING = Process("anything", "Anything", "Anything.", Anything, Note, lambda request: request.key, (), ())

printable = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=40)
labels = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
counts = st.none() | st.integers(0, 1_000_000)
lengths = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=365))
budgets = st.none() | st.builds(
    Budget,
    usd=st.none() | st.decimals(0, 1_000_000, places=6),
    model_calls=counts,
    tool_calls=counts,
    steps=counts,
    working_time=lengths,
    idle_time=lengths,
)
requests = st.builds(
    Anything,
    key=printable,
    notes=st.lists(st.builds(Note, words=printable, count=st.none() | st.integers()), max_size=3).map(tuple),
    labels=st.dictionaries(printable, printable, max_size=3),
    by=st.none() | st.just("Ann"),
    tenant=st.none() | labels,
    occasion=st.none() | labels,
    budget=budgets,
)
ids = printable.filter(lambda text: text.strip() and len(text.encode()) < 900)


def typed(command: str) -> Any:
    """What `signoff` makes of the command, once a shell has read it."""
    words = shlex.split(command)
    assert words[: words.index("signoff")] == ["to", "go", "on,", "doing", "nothing", "twice:"]
    return build_parser().parse_args(words[words.index("signoff") + 1 :])


def taken(args: Any) -> ProcessInput:
    """The input of the run that goes on, as `signoff start` builds it."""
    given = read_object(args.input, "--input")
    if args.budget is not None:
        given = with_budget(given, read_budget(args.budget))
    return build_request(ANYTHING, given, {"tenant": args.tenant, "occasion": args.occasion})


@given(requests, labels, ids, st.none() | st.sampled_from(Limit))
def test_the_command_gives_back_the_input_the_occasion_and_the_rest_of_the_budget(
    request: Anything, occasion: str, run: str, limit: Limit | None
) -> None:
    limits = Limits().within(request.budget)
    args = typed(how_to_go_on(ANYTHING, request, occasion, run, limits, limit))
    again = taken(args)
    assert (args.process, args.id) == ("anything", f"{run}/2")
    assert again.model_copy(update={"budget": None}) == request.model_copy(
        update={"budget": None, "by": None, "occasion": occasion}
    )
    ran_out = {limit.value} if limit else set()
    before, after = ((one or Budget()).model_dump(exclude=ran_out) for one in (request.budget, again.budget))
    assert before == after


@given(budgets, st.sampled_from(Limit))
def test_what_ran_out_is_asked_for_twice_where_a_budget_can_hold_that(budget: Budget | None, limit: Limit) -> None:
    request, limits = Anything(key="k", labels={}, budget=budget), Limits().within(budget)
    again = taken(typed(how_to_go_on(ANYTHING, request, "today", "run", limits, limit))).budget
    had, has = getattr(limits, limit), getattr(limits.within(again), limit)
    most = timedelta(days=365) if limit in (Limit.WORKING_TIME, Limit.IDLE_TIME) else 1_000_000
    assert has == (2 * had or 1 if 2 * had <= most else had)


def test_the_command_is_one_that_a_person_can_read() -> None:
    budget = Budget(usd=Decimal("0.80"), working_time=timedelta(minutes=2))
    request = Anything(key="O'Hara", labels={"to": "Ann"}, tenant="acme", budget=budget)
    command = how_to_go_on(ANYTHING, request, "2026-11-21", "anything/k", Limits().within(budget), Limit.USD)
    assert command == (
        "to go on, doing nothing twice: signoff start anything "
        """--input='{"key": "O\\u0027Hara", "notes": [], "labels": {"to": "Ann"}}' --occasion='2026-11-21' """
        """--id='anything/k/2' --tenant='acme' --budget='{"usd": 1.6, "working_time": "PT2M"}'"""
    )
