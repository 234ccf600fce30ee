"""The record of spending: on SQLite and PostgreSQL, whoever else enters calls at the same moment."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from activities.stores.database import Database
from activities.stores.room import NANO, Met
from activities.stores.spending import Entry, Spending
from activities.stores.tables import SPENDING
from runtime.limits import Ceiling, Of, Per, Scope

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def usd(amount: int, per: Per = Per.HOUR, scope: Scope = Scope.FLEET, name: str = "") -> Ceiling:
    """A ceiling of so many dollars."""
    return Ceiling(scope, name, per, Of.USD, Decimal(amount))


def calls(amount: int, per: Per = Per.HOUR) -> Ceiling:
    """A ceiling of so many calls."""
    return Ceiling(Scope.FLEET, "", per, Of.MODEL_CALLS, Decimal(amount))


class Book:
    """A record whose clock the test sets."""

    def __init__(self, database: Database) -> None:
        self.now = NOON
        self.database = database
        self._spending = Spending(database, now=lambda: self.now)

    async def enter(
        self, key: str, dollars: float, *ceilings: Ceiling, process: str = "p", tenant: str | None = None
    ) -> Met | None:
        """Enter a call that may cost so much."""
        return await self._spending.enter(Entry(key, process, tenant, int(dollars * NANO)), ceilings)

    async def settle(self, key: str, dollars: float) -> None:
        """It did cost so much."""
        await self._spending.settle(key, int(dollars * NANO))

    def rows(self) -> dict[str, int]:
        """What is entered, by key."""
        wanted = select(SPENDING.c.key, SPENDING.c.nano_usd)
        return dict(map(tuple, self.database.transact(lambda connection: connection.execute(wanted).all())))


@pytest.fixture
def book(database: Database) -> Book:
    """An empty record on each kind of database."""
    return Book(database)


async def test_a_call_is_entered_while_there_is_room_and_no_cent_more(book: Book) -> None:
    assert await book.enter("a", 3, usd(5)) is None
    assert await book.enter("b", 2, usd(5)) is None
    met = await book.enter("c", 0.000_000_001, usd(5))
    assert met is not None
    assert (met.ceiling, met.counted, met.youngest) == (usd(5), 5 * NANO, NOON)
    assert book.rows() == {"a": 3 * NANO, "b": 2 * NANO}


async def test_what_a_call_did_cost_makes_room_for_the_next(book: Book) -> None:
    await book.enter("a", 5, usd(5))
    await book.settle("a", 1)
    assert await book.enter("b", 4, usd(5)) is None
    assert await book.enter("c", 1, usd(5)) is not None


async def test_a_settled_call_counts_for_a_window_from_its_settlement(book: Book) -> None:
    await book.enter("a", 5, usd(5))
    book.now += 40 * MINUTE
    await book.settle("a", 5)
    book.now += 59 * MINUTE
    met = await book.enter("b", 5, usd(5))
    assert met is not None
    assert met.earliest == met.latest == NOON + 100 * MINUTE
    book.now = met.latest
    assert await book.enter("b", 5, usd(5)) is None


async def test_a_call_that_nobody_settles_counts_for_an_hour_more(book: Book) -> None:
    await book.enter("lost", 5, usd(5))
    book.now += 2 * HOUR - MINUTE
    met = await book.enter("a", 1, usd(5))
    assert met is not None
    assert met.latest == NOON + 2 * HOUR
    book.now = met.latest
    assert await book.enter("a", 1, usd(5)) is None


async def test_room_comes_as_soon_as_enough_has_left_the_window(book: Book) -> None:
    for minute in range(5):
        book.now = NOON + minute * MINUTE
        await book.enter(f"{minute}", 1, usd(5))
        await book.settle(f"{minute}", 1)
    met = await book.enter("new", 2.5, usd(5))
    assert met is not None
    assert met.latest == NOON + 2 * MINUTE + HOUR  # the third one's


async def test_room_may_come_early_when_calls_under_way_turn_out_cheap(book: Book) -> None:
    await book.enter("old", 2, usd(5))
    await book.settle("old", 2)
    book.now += 10 * MINUTE
    await book.enter("open", 3, usd(5))
    small, large = await book.enter("s", 3, usd(5)), await book.enter("l", 4, usd(5))
    assert small is not None
    assert large is not None
    assert (small.earliest, small.latest) == (book.now, book.now + 2 * HOUR)
    assert (large.earliest, large.latest) == (NOON + HOUR, book.now + 2 * HOUR)


async def test_calls_are_counted_whatever_they_cost(book: Book) -> None:
    await book.enter("a", 0, calls(2))
    await book.enter("b", 0, calls(2))
    await book.settle("b", 0)
    book.now += MINUTE
    met = await book.enter("c", 0, calls(2))
    assert met is not None
    assert (met.counted, met.earliest, met.latest) == (2, NOON + HOUR, NOON + HOUR)


async def test_a_free_call_needs_no_room_where_only_costs_are_counted(book: Book) -> None:
    await book.enter("a", 5, usd(5))
    await book.settle("a", 6)  # dearer than its worst case: a provider that counts otherwise
    assert await book.enter("free", 0, usd(5)) is None
    assert await book.enter("paid", 0.01, usd(5)) is not None


async def test_the_ceiling_that_is_met_for_longest_is_named(book: Book) -> None:
    await book.enter("a", 5, usd(5), usd(5, Per.DAY))
    met = await book.enter("b", 1, usd(5), usd(5, Per.DAY))
    assert met is not None
    assert met.ceiling.per is Per.DAY
    assert met.latest == NOON + HOUR + timedelta(days=1)


async def test_processes_and_tenants_have_their_own(book: Book) -> None:
    p, acme = usd(5, scope=Scope.PROCESS, name="p"), usd(2, scope=Scope.TENANT, name="acme")
    assert await book.enter("a", 2, p, acme, process="p", tenant="acme") is None
    assert await book.enter("b", 1, acme, process="q", tenant="acme") is not None
    assert await book.enter("c", 3, p, process="p", tenant="beta") is None
    assert await book.enter("d", 1, p, process="p") is not None
    assert await book.enter("e", 9, usd(14), process="q") is None


async def test_the_same_key_twice_is_one_call(book: Book) -> None:
    await book.enter("a", 3, usd(5))
    assert await book.enter("a", 3, usd(5)) is None
    assert book.rows() == {"a": 3 * NANO}
    # Even long after, when its first entry counts no more.
    book.now += 3 * HOUR
    await book.enter("b", 3, usd(5))
    assert await book.enter("a", 3, usd(5)) is not None


async def test_a_settled_call_stays_as_it_is(book: Book) -> None:
    await book.enter("a", 3, usd(5))
    await book.settle("a", 1)
    await book.settle("a", 2)
    await book.settle("unknown", 2)
    assert await book.enter("a", 3, usd(5)) is None
    assert book.rows() == {"a": NANO}


async def test_entries_that_no_window_reaches_are_removed(book: Book) -> None:
    await book.enter("a", 1, usd(5))
    await book.settle("a", 1)
    book.now += timedelta(hours=24, minutes=59)
    await book.enter("b", 1, usd(5))
    assert book.rows().keys() == {"a", "b"}
    book.now += 2 * MINUTE
    await book.enter("c", 1, usd(5))
    assert book.rows().keys() == {"b", "c"}


async def test_many_at_once_never_pass_a_ceiling(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    workers = [Spending(database) for database in databases]
    ceilings = [usd(10), calls(15), usd(12, Per.DAY)]

    async def one(n: int) -> bool:
        entry = Entry(f"{n}", "p", None, NANO if n % 2 else NANO // 2)
        return await workers[n % len(workers)].enter(entry, ceilings) is None

    entered = await asyncio.gather(*(one(n) for n in range(60)))
    spent = databases[0].transact(lambda c: c.execute(select(func.count(), func.sum(SPENDING.c.nano_usd))).one())
    assert spent[0] == sum(entered)
    assert int(spent[1]) == 10 * NANO or spent[0] == 15
    assert int(spent[1]) <= 10 * NANO
    assert spent[0] <= 15
    for database in databases:
        database.close()


_RACE = """
import asyncio, sys
from decimal import Decimal
from activities.stores.database import Database
from activities.stores.room import NANO
from activities.stores.spending import Entry, Spending
from runtime.limits import Ceiling, Of, Per, Scope
url, me = sys.argv[1:]
spending = Spending(Database(url))
ceilings = [Ceiling(Scope.FLEET, "", Per.HOUR, Of.USD, Decimal(25))]
async def race():
    await spending.settle("none", 0)
    print("ready", flush=True)
    sys.stdin.readline()
    met = [await spending.enter(Entry(f"{me}/{n}", "p", None, NANO), ceilings) for n in range(15)]
    print(met.count(None))
asyncio.run(race())
"""


def test_processes_at_once_never_pass_a_ceiling(database_url: str) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACE, database_url, str(n)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:  # off they go together
        assert racer.stdin
        racer.stdin.write("\n")
        racer.stdin.flush()
    entered = [int(racer.communicate(timeout=120)[0]) for racer in racers]
    assert sum(entered) == 25
    assert len([count for count in entered if count]) > 1, "they did not race"
