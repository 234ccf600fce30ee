"""At a limit a run ends cleanly and says which; time counts only where the run itself takes it."""

import json
import shlex
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.budgets import Limit, Limits, Spent
from contracts.gates import GateKind
from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpOutcome
from starters.cli.parser import build_parser
from starters.requests import build_request, read_budget, read_object, with_budget
from tests.support.world import GOOD, Handle, World, at_the_gate, world
from tests.workflows.conftest import FULL, Office

PRICES = "[prices.scripted]\ninput = 0\noutput = 100\n"
"""Ten thousand tokens a dollar: a call that may write 1,000 tokens is reserved 0.10 USD."""

READ, SUMMARISED, DRAFTED = "read-notes", "summarise-signals", "draft-email"


@pytest.fixture(scope="module")
async def shop(env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for the follow-ups of this module."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "limits.toml").write_text(PRICES)
    async with world(env, folder, GOOD, {"SIGNOFF_LIMITS": "limits.toml"}) as shop:
        yield shop


def follow_up(occasion: str, **budget: Any) -> dict[str, Any]:
    """A request whose run may spend so much."""
    return {"lead_id": "lead-007", "occasion": occasion, "budget": budget}


async def paid(handle: Handle) -> Decimal:
    """What the answers in a run's history cost."""
    results = [event.activity_task_completed_event_attributes.result for event in (await handle.fetch_history()).events]
    answers = [json.loads(payload.data) for result in results for payload in result.payloads]
    return sum((Decimal(answer["cost_usd"]) for answer in answers if "cost_usd" in answer), Decimal(0))


@pytest.mark.parametrize(
    ("limit", "amount", "done"),
    [
        (Limit.USD, 0.1, (READ, SUMMARISED)),
        (Limit.MODEL_CALLS, 1, (READ, SUMMARISED)),
        (Limit.TOOL_CALLS, 1, (READ, SUMMARISED, DRAFTED)),
        (Limit.STEPS, 2, (READ, SUMMARISED)),
        (Limit.STEPS, 0, ()),
    ],
)
async def test_a_limit_ends_a_run_which_says_what_was_spent_and_done(
    shop: World, limit: Limit, amount: float, done: tuple[str, ...]
) -> None:
    handle = await shop.start(follow_up(f"{limit}-{amount}", **{limit: amount}))
    result = await handle.result()
    assert result.outcome is FollowUpOutcome.STOPPED
    assert result.partial
    assert (result.partial.limit, result.partial.done) == (limit, done)
    assert result.partial.spent.usd == result.cost_usd == await paid(handle)
    assert (result.cost_usd > 0) is (SUMMARISED in done)
    assert getattr(result.partial.spent, limit) <= amount
    assert getattr(result.partial.limits, limit) == Decimal(str(amount))
    assert not shop.mails()


async def test_a_run_that_goes_on_as_it_was_told_does_nothing_twice(shop: World) -> None:
    handle = await shop.start(follow_up("goes-on", tool_calls=2, steps=12))
    await handle.signal("approve", {"by": "ann"})  # too early: it does not count
    gate = await shop.gate(handle)
    await handle.signal("approve", {"by": "ann", "digest": gate.card.digest})
    stopped = await handle.result()
    assert stopped.partial
    assert stopped.partial.limit is Limit.TOOL_CALLS
    words = shlex.split(stopped.partial.go_on)
    args = build_parser().parse_args(words[words.index("signoff") + 1 :])
    given = with_budget(read_object(args.input, "--input"), read_budget(args.budget))
    again = build_request(SALES_FOLLOW_UP, given, {"occasion": args.occasion})
    handle = await at_the_gate(shop, again.model_dump(mode="json"), args.id)
    await handle.signal("approve", {"by": "ann"})
    assert (await handle.result()).outcome is FollowUpOutcome.SENT
    (mail,) = shop.mails()
    assert mail["to"]


async def test_neither_clock_runs_while_a_gate_is_open_for_days(shop: World) -> None:
    handle = await at_the_gate(shop, follow_up("days", working_time="20s", idle_time="1h"))
    await shop.env.fast_forward(handle, timedelta(hours=40))
    await handle.signal("approve", {"by": "ann"})
    assert (await handle.result()).outcome is FollowUpOutcome.SENT
    assert timedelta(0) < (await shop.state(handle)).spent.working_time < timedelta(seconds=20)


async def test_a_run_that_says_nothing_has_the_limits_and_the_targets_of_its_process(shop: World) -> None:
    handle = await at_the_gate(shop, {"lead_id": "lead-007", "occasion": "usual"})
    usual = Limits(
        usd=Decimal(5), steps=25, tool_calls=20, working_time=timedelta(minutes=10), idle_time=timedelta(hours=24)
    )
    assert (await shop.state(handle)).limits == usual == SALES_FOLLOW_UP.limits
    assert SALES_FOLLOW_UP.targets
    assert SALES_FOLLOW_UP.targets.usd == Decimal("0.80")
    assert SALES_FOLLOW_UP.targets.working_time == timedelta(minutes=2)
    await handle.signal("reject", {"by": "ann", "reason": "seen enough"})
    await handle.result()


async def test_a_call_that_takes_longer_than_the_run_may_work_is_charged_and_ends_it(office: Office) -> None:
    handle = await office.start("Branches", "slow", skips=True, budget={"working_time": 1})
    asked = await office.desk.asked("slow")
    told = await handle.result()
    assert told.partial
    assert (told.partial.limit, told.reason) == (Limit.WORKING_TIME, "the limit of 1 second of working time is reached")
    assert (told.spent.usd, told.spent.working_time) == (Decimal("0.10"), timedelta(seconds=1))
    await asked.given_up.wait()


async def test_working_time_stands_still_while_a_provider_makes_the_run_wait(office: Office) -> None:
    handle = await office.start("Branches", "later", skips=True, budget={"working_time": 30})
    (await office.desk.asked("later")).turn_away(timedelta(minutes=10))
    (await office.desk.asked("later")).answer()
    told = await handle.result()
    assert (told.reason, told.done) == (None, ("branch-1",))
    assert told.spent.working_time < timedelta(seconds=30)
    closed = await handle.describe()
    assert closed.close_time
    assert closed.close_time - closed.start_time > timedelta(minutes=9)


async def test_a_provider_that_stays_away_ends_the_run_at_its_idle_time(office: Office) -> None:
    office.desk.away = {"away": timedelta(minutes=10)}
    handle = await office.start("Branches", "away", skips=True, budget={"idle_time": "15m", "working_time": 30})
    told = await handle.result()
    assert told.partial
    assert (told.partial.limit, told.reason) == (Limit.IDLE_TIME, "the limit of 15 minutes of idle time is reached")
    assert told.spent.usd == 0


async def test_a_ceiling_without_room_ends_the_run_after_a_day_and_the_run_says_why_it_waits(office: Office) -> None:
    handle = await office.start("Branches", "ceiling", skips=True, tenant=FULL)
    told = await handle.result()
    assert told.partial
    assert told.partial.limit is Limit.IDLE_TIME
    assert told.spent == Spent(steps=1)
    closed = await handle.describe()
    assert closed.close_time
    assert timedelta(0) <= closed.close_time - closed.start_time - timedelta(days=1) < timedelta(minutes=1)
    notes = [str(event) for event in (await handle.fetch_history()).events if "waiting" in str(event)]
    assert len([note for note in notes if "the ceiling is met; goes on at" in note]) == 2


async def test_a_queue_that_no_worker_serves_ends_the_run_at_its_idle_time(office: Office) -> None:
    told = await (await office.start("Branches", "nobody", role="fast", budget={"idle_time": 1})).result()
    assert told.partial
    assert (told.partial.limit, told.reason) == (Limit.IDLE_TIME, "the limit of 1 second of idle time is reached")
    assert told.spent == Spent(steps=1)


async def test_a_person_fills_in_by_hand_what_no_model_could_and_only_what_fits(office: Office) -> None:
    handle = await office.start("ByHand", "hand")
    (await office.desk.asked("hand")).answer(text="I would rather not say.")
    gate = await office.gate(handle)
    subject: Any = gate.subject
    assert (gate.card.gate, gate.card.kind) == ("branch-1-by-hand", GateKind.QUESTION)
    assert subject["last_reply"] == "I would rather not say."
    assert "signals" in subject["schema_of_answer"]["properties"]
    wrong = {
        "{": "Invalid JSON",
        '{"signals": [{"kind": "gossip", "quote": "hand"}]}': "signals.0.kind",
        "[]": "should be an object",
    }
    for text, why in wrong.items():
        await handle.signal("answer", {"by": "ann", "text": text})
        refusal = (await office.state(handle)).refusals[-1]
        assert why in refusal.reason
    await handle.signal("approve", {"by": "ann"})
    await handle.signal("answer", {"by": "ann", "choice": 1})
    assert (await office.state(handle)).refusals_count == len(wrong) + 2
    await handle.signal("answer", {"by": "ann", "text": '{"signals": [{"kind": "need", "quote": "hand"}]}'})
    told = await handle.result()
    assert (told.by, told.done) == (("ann",), ("branch-1",))
