"""Handovers: whoever the specialists name, the rules hold and it ends."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from workflows.patterns.guarded_handoff import Handed, Handoff, guarded_handoff

RULES = {"net": ("app",), "app": ("net", "disk"), "disk": ()}


class Brief(BaseModel):
    """What is told."""

    text: str


def played(named: list[str | None], at_most: int) -> Handed[str, Brief, str]:
    """Specialists who hand over to whom the list names; None, and its end, is a result."""
    turns = iter(named)

    async def work(who: str, briefs: tuple[Brief, ...]) -> str | Handoff[str, Brief]:
        to = next(turns, None)
        return f"by {who} after {len(briefs)}" if to is None else Handoff(to, Brief(text=f"{who} to {to}"))

    return asyncio.run(guarded_handoff("net", RULES, at_most, work))


def test_who_is_handed_the_case_is_told_the_briefs_and_ends_it() -> None:
    handed = played(["app", "disk"], 5)
    assert (handed.result, handed.path) == ("by disk after 2", ("net", "app", "disk"))
    assert [brief.text for brief in handed.briefs] == ["net to app", "app to disk"]


def test_nobody_hands_over_to_whom_the_rules_do_not_name() -> None:
    assert played(["disk"], 5).reason == "net may not hand over to disk"
    assert played(["net"], 5).reason == "net may not hand over to net"
    assert played(["app", "disk", "net"], 5).reason == "disk may not hand over to net"


def test_a_circle_comes_to_its_end() -> None:
    handed = played(["app", "net"] * 50, 4)
    assert (handed.result, len(handed.briefs)) == (None, 4)
    assert handed.reason == "handed over 4 times without a result"


@given(st.lists(st.sampled_from(["net", "app", "disk", "moon", None]), max_size=30), st.integers(0, 6))
def test_whoever_is_named_the_bounds_hold(named: list[str | None], at_most: int) -> None:
    handed = played(named, at_most)
    assert len(handed.briefs) <= at_most
    assert len(handed.path) == len(handed.briefs) + 1
    assert all(to in RULES[frm] for frm, to in zip(handed.path, handed.path[1:], strict=False))
    assert (handed.result is None) == bool(handed.reason)
