"""`python -m tests.chaos [PROCESS]`: every point of every process; the table goes to `bench/chaos.md` too."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.campaign import Campaign, Outcome, hold_all, load, save
from tests.chaos.processes import PLAYED
from tests.chaos.report import last_line, page, table
from tests.chaos.server import running_server
from tests.chaos.trials import ROWS
from workers.programs import NoServerProgram

PAGE = Path(__file__).resolve().parents[2] / "bench" / "chaos.md"


async def play(names: list[str], only: str, lanes: list[str], folder: Path, results: Path | None) -> list[Outcome]:
    """All trials of these processes with `only` in "ROW, at POINT"; those that `results` holds already are left out."""
    outcomes = load(results) if results else []
    known = {(one.row, one.at, one.variant) for one in outcomes}

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if results:
            save(results, outcome)
        for line in outcome.lines:
            print(f"{outcome.row}, at {outcome.at!r}: {line}", file=sys.stderr, flush=True)

    async with running_server(folder / "server", lanes) as server:
        for name in names:
            played, home = PLAYED[name], folder / name
            home.mkdir()
            campaign = Campaign(played, server, home)
            trials = await campaign.plan(lanes[0])
            trials = [one for one in trials if only in f"{one.row}, at {one.at}"]
            trials = [one for one in trials if (one.row, one.at, played.variants[one.variant].name) not in known]
            print(f"{name}: {len(trials)} points", file=sys.stderr, flush=True)
            await hold_all(campaign, trials, lanes, done)
    return outcomes


def main() -> int:
    """Exit code: 0 nothing lost, duplicated or wrong; 1 something was; 2 no such process."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("process", nargs="?", help="all unless given")
    parser.add_argument("--only", default="", metavar="TEXT", help='points whose "ROW, at POINT" holds this')
    parser.add_argument("--at-once", type=int, default=8, help="how many runs (8)")
    parser.add_argument("--results", type=Path, help="a file to keep results in; the next time, what it holds is done")
    arguments = parser.parse_args()
    if arguments.at_once < 1:
        parser.error("--at-once must be 1 or more")
    names = [arguments.process] if arguments.process else list(PLAYED)
    if unknown := [name for name in names if name not in PLAYED]:
        print(f"chaos: there is no process {unknown[0]!r}: name {' or '.join(PLAYED)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    lanes = [f"lane-{number}" for number in range(arguments.at_once)]
    try:
        outcomes = asyncio.run(play(names, arguments.only, lanes, folder, arguments.results))
    except (AssertionError, NoServerProgram) as error:  # not one trial could be held
        print(f"chaos: {error}", file=sys.stderr)
        return 1
    if not outcomes:
        print(f"chaos: no point holds {arguments.only!r}", file=sys.stderr)
        return 2
    unheld = [f"{row.name}: {row.missing}" for row in ROWS if row.missing]
    if not (arguments.process or arguments.only):
        PAGE.write_text(page("make chaos", outcomes, names, (time.monotonic() - began) / 60, unheld))
    print("\n".join([*table(outcomes), *(f"Not held here: {line}" for line in unheld), last_line(outcomes)]))
    if any(one.lines for one in outcomes):
        print(f"chaos: what those runs left behind is in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
