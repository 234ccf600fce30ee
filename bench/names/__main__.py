"""`python -m bench.names`: measures name matching, and writes bench/names.md."""

import argparse
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.names.measure import Pair, best, read_pairs, score, worth

REPORT = Path(__file__).parent.parent / "names.md"
SHOWN = (60, 65, 70, 75, 80, 85, 90, 95, 100)


def report(pairs: tuple[Pair, ...]) -> str:
    """The page."""
    chosen = best(pairs)
    one_person = sum(pair.same for pair in pairs)
    halves = [best(pairs[n::2]).threshold for n in range(2)]
    lines = [
        "# Matching names",
        "",
        f"`make bench-names`, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"anyascii {version('anyascii')}, rapidfuzz {version('rapidfuzz')}. "
        "No chance and no clock: the same figures each time.",
        "",
        f"{len(pairs)} pairs of invented names (`bench/names/pairs.tsv`): {one_person} of one person, "
        f"{len(pairs) - one_person} of two. Scores go from 0 to 100; two names are taken for one person's from the "
        "threshold on.",
        "",
        "| Threshold | Found | False alarms | Missed | Precision | Recall | F2 |",
        "|---|---|---|---|---|---|---|",
        *_rows(pairs, chosen.threshold),
        "",
        f"**In use: {chosen.threshold}** (rule `W2` of `samples/kyc/rules.toml`): the highest F2, in which a miss "
        f"weighs more than a false alarm, since two officers look at what is found, and nobody at what is missed. A "
        f"test holds the table to it. Each half of the pairs alone (every second one) would choose {halves[0]} and "
        f"{halves[1]}.",
        "",
        "The matcher was written with these pairs at hand, so on names that it has not seen it will do worse. Put "
        "pairs of your own beside them, and measure again, before you rely on it.",
        "",
        f"## What the threshold of {chosen.threshold} misses",
        "",
        "| Kind | One | Other | Score |",
        "|---|---|---|---|",
        *_listed([pair for pair in pairs if pair.same and score(pair) < chosen.threshold]),
        "",
        "## What it takes for one person, and is not",
        "",
        "| Kind | One | Other | Score |",
        "|---|---|---|---|",
        *_listed([pair for pair in pairs if not pair.same and score(pair) >= chosen.threshold]),
    ]
    return "\n".join(lines) + "\n"


def _rows(pairs: tuple[Pair, ...], chosen: int) -> Iterator[str]:
    for threshold in sorted({*SHOWN, chosen}):
        row = worth(threshold, pairs)
        cells = (
            threshold,
            row.found,
            row.false,
            row.missed,
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            f"{row.f2:.3f}",
        )
        mark = "**" if threshold == chosen else ""
        yield "| " + " | ".join(f"{mark}{cell}{mark}" for cell in cells) + " |"


def _listed(pairs: list[Pair]) -> list[str]:
    return [f"| {pair.kind} | {pair.one} | {pair.other} | {score(pair)} |" for pair in pairs]


if __name__ == "__main__":
    argparse.ArgumentParser(description="Measure name matching on labelled pairs.").parse_args()
    REPORT.write_text(report(read_pairs()), encoding="utf-8")
    print(f"{REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT}: {best(read_pairs())}")
