"""Ceilings: what was billed in any hour and any day stays within them; a call that must wait is told for how long."""

import logging
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from activities.llm.ceilings import Ceilings, Wait
from activities.stores.database import Database
from contracts.errors import ModelRefused, ToolUnavailable
from runtime.limits import Of, RunLimits
from runtime.settings import Settings, load_settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def allowing(folder: Path, **ceilings: Any) -> Settings:
    """Settings with these ceilings."""
    limits = RunLimits.model_validate({"ceilings": ceilings})
    return load_settings({"SIGNOFF_MODELS": "local"}, folder).model_copy(update={"limits": limits})


class Fleet:
    """Ceilings whose clock the test sets, and without chance."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.now = NOON
        self.ceilings = Ceilings(settings, database, now=lambda: self.now, chance=lambda: 0)

    async def enter(self, key: str, usd: str, process: str = "p", tenant: str | None = None) -> Wait | None:
        """Enter a call that may cost so much."""
        return await self.ceilings.enter(key, process, tenant, Decimal(usd))


async def test_a_call_waits_until_enough_has_left_the_hour_and_is_told_why(database: Database, tmp_path: Path) -> None:
    fleet = Fleet(allowing(tmp_path, usd_per_hour=50), database)
    assert await fleet.enter("a", "49.2") is None
    await fleet.ceilings.settle("a", Decimal("49.2"))
    fleet.now += 20 * MINUTE
    assert await fleet.enter("b", "1") == Wait(
        2400, "the fleet's ceiling of 50 USD an hour is met (49.2 spent or reserved)"
    )
    fleet.now += timedelta(seconds=2400)
    assert await fleet.enter("b", "1") is None


async def test_a_tenants_ceiling_holds_up_nobody_else(database: Database, tmp_path: Path) -> None:
    fleet = Fleet(allowing(tmp_path, each_tenant={"model_calls_per_day": 1}), database)
    assert await fleet.enter("a", "1", tenant="acme") is None
    wait = await fleet.enter("b", "1", tenant="acme")
    assert wait is not None
    assert wait.why == "tenant acme's ceiling of 1 model calls a day is met"
    assert await fleet.enter("c", "1", tenant="beta") is None
    assert await fleet.enter("d", "1") is None


async def test_calls_under_way_are_looked_at_again_soon_then_later(database: Database, tmp_path: Path) -> None:
    fleet = Fleet(allowing(tmp_path, usd_per_hour=5), database)
    await fleet.enter("a", "5")
    waits = []
    for seconds in (1, 29, 570, 6600):
        fleet.now += timedelta(seconds=seconds)
        wait = await fleet.enter("b", "5")
        waits.append(wait and wait.seconds)
    # As long again as it has been under way; two hours after it was entered, nothing of it counts.
    assert waits == [10, 30, 600, None]


async def test_chance_spreads_those_that_wait_for_the_same_moment(database: Database, tmp_path: Path) -> None:
    settings = allowing(tmp_path, usd_per_hour=5)
    for chance, seconds in ((Decimal(0), 3600), (Decimal("0.5"), 3605), (Decimal(1), 3610)):
        ceilings = Ceilings(settings, database, now=lambda: NOON, chance=chance.__float__)
        await ceilings.enter("a", "p", None, Decimal(5))
        await ceilings.settle("a", Decimal(5))
        wait = await ceilings.enter("b", "p", None, Decimal(5))
        assert wait is not None
        assert wait.seconds == seconds


@pytest.mark.parametrize(
    ("ceilings", "says"),
    [
        (
            {"usd_per_day": 5},
            "this call may cost 5.0001 USD, and the fleet's ceiling of 5 USD a day is lower: raise it",
        ),
        ({"usd_per_hour": 0}, "the fleet's ceiling of 0 USD an hour is lower"),
        ({"model_calls_per_hour": 0}, "this call is one, and the fleet's ceiling of 0 model calls an hour is lower"),
        ({"processes": {"p": {"usd_per_hour": 1}}}, "p's ceiling of 1 USD an hour is lower"),
    ],
)
async def test_a_call_that_no_hour_has_room_for_is_refused(tmp_path: Path, ceilings: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelRefused, match="SIGNOFF_LIMITS") as refused:
        await Fleet(allowing(tmp_path, **ceilings), unused(tmp_path)).enter("a", "5.00001")
    assert says in refused.value.message


def unused(tmp_path: Path) -> Database:
    """A database that cannot be used: its folder is a file."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    return Database(f"sqlite:///{tmp_path}/file/signoff.db")


@pytest.mark.parametrize("ceilings", [{}, {"processes": {"q": {"usd_per_hour": 1}}, "tenants": {"acme": {}}}])
async def test_no_database_is_touched_for_a_call_without_ceilings(tmp_path: Path, ceilings: dict[str, Any]) -> None:
    fleet = Fleet(allowing(tmp_path, **ceilings), unused(tmp_path))
    assert await fleet.enter("a", "5", process="p", tenant="acme") is None
    await fleet.ceilings.settle("a", Decimal(5))


async def test_without_a_database_a_call_is_not_entered_and_its_cost_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = Fleet(allowing(tmp_path, usd_per_hour=5), unused(tmp_path))
    with pytest.raises(ToolUnavailable):
        await fleet.enter("a", "1")
    with caplog.at_level(logging.WARNING):
        await fleet.ceilings.settle("a", Decimal(1))
    assert "the cost of a was not entered, its worst case stands" in caplog.text


async def test_a_fraction_of_a_billionth_is_rounded_up(database: Database, tmp_path: Path) -> None:
    fleet = Fleet(allowing(tmp_path, usd_per_hour=Decimal("0.000000002")), database)
    assert await fleet.enter("a", "0.0000000001") is None
    assert await fleet.enter("b", "0.0000000011") is not None
    assert await fleet.enter("c", "0.0000000009") is None


CEILINGS = {
    "usd_per_hour": 5,
    "usd_per_day": 12,
    "processes": {"p": {"usd_per_hour": 4}},
    "each_tenant": {"usd_per_day": 8, "model_calls_per_hour": 2},
}


@dataclass(frozen=True)
class Plan:
    """What will become of a call: minutes from the call before, from its entry to its bill, from there to its end."""

    after: int
    process: str
    tenant: str | None
    worst: int
    billed_after: int
    saved: int
    settled_after: int | None
    """None: its worker dies, and nobody settles it."""


MINUTES = st.sampled_from([0, 1, 20, 40, 59, 60])
PLANS = st.builds(
    Plan,
    after=st.sampled_from([0, 1, 10, 30, 61, 600]),
    process=st.sampled_from("qp"),
    tenant=st.sampled_from([None, "acme"]),
    worst=st.integers(1, 4),
    billed_after=MINUTES,
    saved=st.integers(0, 1),
    settled_after=st.none() | MINUTES,
)


class Story:
    """Calls that are entered, wait, are billed and settled as planned, each in its time."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.bills: list[tuple[datetime, Plan, int]] = []
        self._due: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._order = count()

    async def play(self, plans: list[Plan]) -> None:
        """From the first entry to the last settlement."""
        at = NOON
        for number, plan in enumerate(plans):
            at += plan.after * MINUTE
            self._at(at, partial(self._enter, f"{number}", plan))
        while self._due:
            self.fleet.now, _, happens = heappop(self._due)
            await happens()

    def _at(self, at: datetime, happens: Callable[[], Awaitable[None]]) -> None:
        heappush(self._due, (at, next(self._order), happens))

    async def _enter(self, key: str, plan: Plan) -> None:
        wait = await self.fleet.enter(key, f"{plan.worst}", plan.process, plan.tenant)
        if wait is None:
            self._at(self.fleet.now + plan.billed_after * MINUTE, partial(self._bill, key, plan))
        else:
            assert wait.seconds >= 10
            self._at(self.fleet.now + timedelta(seconds=wait.seconds), partial(self._enter, key, plan))

    async def _bill(self, key: str, plan: Plan) -> None:
        usd = plan.worst - plan.saved
        self.bills.append((self.fleet.now, plan, usd))
        if plan.settled_after is not None:
            settle = partial(self.fleet.ceilings.settle, key, Decimal(usd))
            self._at(self.fleet.now + plan.settled_after * MINUTE, settle)


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the databases of many stories."""
    return tmp_path_factory.mktemp("stories")


@profile(max_examples=60, deadline=None)
@given(plans=st.lists(PLANS, max_size=12))
async def test_no_hour_and_no_day_is_billed_more_than_its_ceiling(stories: Path, plans: list[Plan]) -> None:
    settings = allowing(stories, **CEILINGS)
    with tempfile.NamedTemporaryFile(dir=stories) as file, closing(Database(f"sqlite:///{file.name}")) as database:
        story = Story(Fleet(settings, database))
        await story.play(plans)
    assert len(story.bills) == len(plans), "each is made in the end"
    # Windows that end with a bill are enough: nothing is added to one between bills.
    for end, last, _ in story.bills:
        for ceiling in settings.limits.ceilings_for(last.process, last.tenant):
            within = [
                usd if ceiling.of is Of.USD else 1
                for at, plan, usd in story.bills
                if end - ceiling.per.window < at <= end and ceiling.name in ("", plan.process, plan.tenant)
            ]
            assert sum(within) <= ceiling.amount, f"{ceiling}: {within} until {end}"
