"""The bench of one worker: its tables, and whose time a stack's is."""

import sys
from typing import Any

from bench.capacity import Flight, flights_table, profiles_table, rates_table
from bench.conversation.measure import Rate
from bench.conversation.programs.sampling import OTHER, place_of
from bench.conversation.systems import BARE, SIGNOFF


def test_a_flight_is_held_against_the_latency_of_one_call() -> None:
    lines = flights_table({BARE: Flight(2000, 73.2, 1.22, 182.4, 40.0)}, 60)
    assert lines[2] == "| bare | 2,000 | 73.2 | 1.22 | 182 MB | 20 ms |"


def test_of_several_rounds_the_median_counts() -> None:
    rounds = [Rate(30, 20, 10), Rate(50, 18, 11), Rate(40, 30, 12)]
    assert rates_table({SIGNOFF: rounds})[2] == "| signoff | 40 | 20 ms | 11 ms |"


def test_what_time_is_spent_on_stands_with_the_most_first_and_adds_up() -> None:
    lines = profiles_table({BARE: {"asyncio": 1.0, "payloads": 2.0}, SIGNOFF: {"asyncio": 5.0}})
    assert lines[2:] == ["| asyncio | 1.0 | 5.0 |", "| payloads | 2.0 | 0.0 |", "| all | 3.0 | 5.0 |"]


def seen_from(file: str) -> str:
    """What a stack is doing whose innermost frame is in such a file, and the next one in this."""
    space: dict[str, Any] = {"look": lambda: place_of(sys._getframe(1))}
    exec(compile("found = look()", file, "exec"), space)
    return str(space["found"])


def test_a_stack_belongs_to_the_innermost_frame_that_has_a_name() -> None:
    assert seen_from("/lib/site-packages/sqlalchemy/engine.py") == "the store"
    assert seen_from("/lib/python3.11/json/decoder.py") == "the bench's own code"
    assert place_of(None) == OTHER
