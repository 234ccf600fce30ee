"""Several effects of one business action: all of them, or those that happened are undone, last first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.limits import LimitsActivities
from contracts.budgets import Limit
from contracts.effects import Begun, EffectKey, EffectsPort, Settlement
from contracts.errors import OutcomeUnknown, ToolFailed
from contracts.tools import Act, Outcome, Receipt
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from tests.support.open_house import OpenHouse
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.workflows.saga_workflows import AgencyPort, Booking, Trip, TripRequest, TripWorkflow
from workers.interceptors import Guard

Handle = WorkflowHandle[Any, Trip]
ALL_OFF = ("call-off-car", "call-off-hotel", "call-off-flight")


@dataclass
class Agency(AgencyPort, EffectsPort):
    """Books and calls off; the test says what goes wrong. `log` is what really happened, in order."""

    fails: set[str] = field(default_factory=set)
    """Steps that are refused for good."""
    unknown: set[str] = field(default_factory=set)
    """Steps that happen, and nobody hears of it until a person has said so."""
    lost: set[str] = field(default_factory=set)
    """Steps that happen, and whose worker is lost before it can say so; another attempt comes in an hour."""
    down: set[str] = field(default_factory=set)
    """Steps that cannot be taken now; another attempt comes in an hour."""
    slow: set[str] = field(default_factory=set)
    """Steps that are under way until `may` is set."""
    may: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: asyncio.Event = field(default_factory=asyncio.Event)
    log: list[str] = field(default_factory=list)
    receipts: dict[str, Booking] = field(default_factory=dict)
    settled: list[Settlement] = field(default_factory=list)

    @property
    def booked(self) -> set[str]:
        """What is booked now."""
        parts = {entry.partition("-")[2] for entry in self.log if entry.startswith("book-")}
        return parts - {entry.removeprefix("call-off-") for entry in self.log if entry.startswith("call-off-")}

    @activity.defn(name="test.book")
    async def book(self, act: Act[Booking]) -> Receipt[Booking]:
        """A booking, once."""
        return await self._once(act)

    @activity.defn(name="test.call_off")
    async def call_off(self, act: Act[Booking]) -> Receipt[Booking]:
        """The end of a booking, once."""
        return await self._once(act)

    @activity.defn(name="effects.settle")
    async def settle(self, settlement: Settlement) -> None:
        """A person's word."""
        self.settled.append(settlement)
        self.unknown.discard(settlement.key.rpartition("/")[2])

    @activity.defn(name="effects.begun")
    async def begun(self, effect: EffectKey) -> Begun:
        """As the ledger has it."""
        return Begun(begun=effect.key in self.receipts)

    async def _once(self, act: Act[Booking]) -> Receipt[Booking]:
        step = act.key.rpartition("/")[2]
        if step in self.down or (step in self.lost and act.key not in self.receipts):
            if step in self.lost:
                self.receipts[act.key] = act.argument
                self.log.append(step)
            self.under_way.set()
            raise ApplicationError("later", type="ToolUnavailable", next_retry_delay=timedelta(hours=1))
        if step in self.slow:
            self.under_way.set()
            allowed = asyncio.create_task(self.may.wait())
            while not allowed.done():
                try:
                    await asyncio.shield(allowed)
                except asyncio.CancelledError:  # what was begun is done, whoever calls it off
                    continue
        if step in self.fails:
            raise ToolFailed(f"{step} was refused")
        if act.key not in self.receipts:
            self.receipts[act.key] = act.argument
            self.log.append(step)
        if step in self.unknown:
            raise OutcomeUnknown(f"nobody knows of {act.key}", fence=1)
        return Receipt(key=act.key, digest=act.digest, outcome=Outcome.DONE, result=self.receipts[act.key])


@dataclass(frozen=True)
class Office:
    """A worker with one agency behind it."""

    env: WorkflowEnvironment
    queue: str
    agency: Agency

    async def start(self, skips: bool = False, **request: Any) -> Handle:
        """Book a trip."""
        if not skips:
            with self.env.with_time_skipping_disabled():
                return await self.start(skips=True, **request)
        return await self.env.client.start_workflow(
            TripWorkflow.run,
            TripRequest.model_validate({"traveller": "ann", **request}),
            id=f"{self.queue}/trip",
            task_queue=self.queue,
        )


@asynccontextmanager
async def working(env: WorkflowEnvironment, queue: str, agency: Agency, folder: Path) -> AsyncIterator[Worker]:
    worker = Worker(
        env.client,
        task_queue=queue,
        workflows=[TripWorkflow],
        activities=[
            OpenHouse().rules,
            agency.book,
            agency.call_off,
            agency.settle,
            agency.begun,
            LimitsActivities(load_settings({}, folder)).read,
        ],
        workflow_runner=workflow_runner(),
        interceptors=[Guard()],
    )
    async with worker:
        yield worker


@pytest.fixture
async def office(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Office]:
    agency = Agency()
    async with working(env, tmp_path.name, agency, tmp_path):
        yield Office(env, tmp_path.name, agency)


async def test_nothing_is_undone_where_all_goes_well(office: Office) -> None:
    trip = await (await office.start(budget={"tool_calls": 6, "steps": 6})).result()
    assert office.agency.log == ["book-flight", "book-hotel", "book-car"]
    assert (trip.failed, trip.undone, trip.left) == (None, (), ())
    assert (trip.spent.tool_calls, trip.spent.steps) == (3, 3)


async def test_what_happened_before_a_failure_is_undone_last_first(office: Office) -> None:
    office.agency.fails = {"book-car"}
    trip = await (await office.start()).result()
    assert office.agency.log == ["book-flight", "book-hotel", "call-off-hotel", "call-off-flight"]
    assert trip.failed == "book-car was refused"
    assert (trip.undone, trip.left) == (ALL_OFF[1:], ())
    assert (trip.spent.tool_calls, trip.spent.steps) == (5, 5)


async def test_a_stop_undoes_what_was_done_and_what_was_under_way(office: Office) -> None:
    office.agency.slow = {"book-hotel"}
    handle = await office.start()
    await office.agency.under_way.wait()
    await handle.signal("stop", {"by": "ops", "reason": "enough"})
    office.agency.may.set()
    trip = await handle.result()
    assert trip.ended == "ops: enough"
    assert (trip.undone, office.agency.booked) == (ALL_OFF[1:], set())
    assert trip.partial
    assert trip.partial.done == ("book-flight", "book-hotel", *ALL_OFF[1:])


async def test_a_cancellation_undoes_what_was_done_and_what_was_under_way(office: Office) -> None:
    office.agency.slow = {"book-hotel"}
    handle = await office.start()
    await office.agency.under_way.wait()
    await handle.cancel()
    office.agency.may.set()
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, CancelledError)
    assert office.agency.log[-2:] == ["call-off-hotel", "call-off-flight"]


async def test_a_stop_while_effects_are_undone_stops_nothing(office: Office) -> None:
    office.agency.fails, office.agency.slow = {"book-car"}, {"call-off-hotel"}
    handle = await office.start()
    await office.agency.under_way.wait()
    await handle.signal("stop", {"by": "ops", "reason": "enough"})
    office.agency.may.set()
    assert (await handle.result()).undone == ALL_OFF[1:]
    assert office.agency.booked == set()


@pytest.mark.parametrize(("limit", "spent"), [(6, 3), (5, 4), (3, 2), (1, 0)])
async def test_at_a_limit_there_is_room_to_undo(office: Office, limit: int, spent: int) -> None:
    trip = await (await office.start(budget={"tool_calls": limit})).result()
    assert trip.spent.tool_calls == spent
    if limit == 6:
        assert len(office.agency.booked) == 3
        return
    assert office.agency.booked == set()
    assert trip.partial
    assert trip.partial.limit is Limit.TOOL_CALLS


@pytest.mark.parametrize("answer", ["yes", "no", None], ids=["done by hand", "it stays", "silence"])
async def test_an_undo_that_fails_is_put_before_a_person_once_the_others_are_done(
    office: Office, answer: str | None
) -> None:
    office.agency.fails = {"book-car", "call-off-hotel"}
    handle = await office.start(skips=answer is None)
    if answer:
        gate = await gate_of(handle)
        assert gate.card.gate == "call-off-hotel-by-hand"
        assert office.agency.log == ["book-flight", "book-hotel", "call-off-flight"]
        assert "call-off-hotel was refused" in str(gate.subject)
        await handle.signal("answer", {"by": "ann", "choice": answer})
    trip = await handle.result()
    assert trip.failed == "book-car was refused"
    if answer == "yes":
        assert (trip.undone, trip.left) == (("call-off-flight", "call-off-hotel"), ())
        (settled,) = office.agency.settled
        assert settled.undoes
        assert settled.undoes.endswith("/book-hotel")
    else:
        assert (trip.undone, trip.left) == (("call-off-flight",), ("call-off-hotel",))


@pytest.mark.parametrize(("answer", "undone"), [("yes", ALL_OFF[1:]), ("no", ALL_OFF[2:])])
async def test_an_effect_that_nobody_can_look_up_is_asked_about_even_after_a_stop(
    office: Office, answer: str, undone: tuple[str, ...]
) -> None:
    office.agency.slow = office.agency.unknown = {"book-hotel"}
    handle = await office.start()
    await office.agency.under_way.wait()
    await handle.signal("stop", {"by": "ops", "reason": "enough"})
    office.agency.slow = set()
    office.agency.may.set()
    assert (await gate_of(handle)).card.gate == "book-hotel-outcome"
    await handle.signal("answer", {"by": "ann", "choice": answer})
    trip = await handle.result()
    assert (trip.ended, trip.undone) == ("ops: enough", undone)


async def test_undoing_goes_on_where_a_worker_left_off(env: WorkflowEnvironment, tmp_path: Path) -> None:
    agency = Agency(fails={"book-car"}, slow={"call-off-hotel"})
    office = Office(env, tmp_path.name, agency)
    async with working(env, office.queue, agency, tmp_path) as first:
        handle = await office.start()
        await agency.under_way.wait()
        leaving = asyncio.create_task(first.shutdown())
        agency.may.set()
        await leaving
    async with working(env, office.queue, agency, tmp_path):
        trip = await handle.result()
    assert trip.undone == ALL_OFF[1:]
    assert agency.log == ["book-flight", "book-hotel", "call-off-hotel", "call-off-flight"]


@pytest.mark.parametrize(
    ("what", "happened"),
    [
        ("lost", ["book-flight", "book-hotel", "call-off-hotel", "call-off-flight"]),
        ("down", ["book-flight", "call-off-flight"]),
    ],
)
async def test_a_stop_between_two_attempts_finds_out_what_the_one_before_had_begun(
    office: Office, what: str, happened: list[str]
) -> None:
    setattr(office.agency, what, {"book-hotel"})
    handle = await office.start()
    await office.agency.under_way.wait()

    async def waits() -> bool:
        pending = (await handle.describe()).raw_description.pending_activities
        return any(call.activity_id == "book-hotel" and call.attempt == 2 for call in pending)

    await eventually(waits, "the wait for the next attempt")
    await handle.signal("stop", {"by": "ops", "reason": "enough"})
    assert (await handle.result()).ended == "ops: enough"
    assert (office.agency.log, office.agency.booked) == (happened, set())
