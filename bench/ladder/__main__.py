"""`python -m bench.ladder`: what the repair ladder yields, and what other ways do; written to `bench/ladder.md`.

A run that was broken off goes on from its record. `--cases N` takes the first N of each contract and only prints;
`--show` measures nothing and prints what is there.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from activities.llm.service import LlmActivities
from bench.ladder.cases import CASES, Case, all_cases
from bench.ladder.climbing import LADDER, SCRATCHPAD, activities, climbed, own_prompts
from bench.ladder.corrupted import corrupted
from bench.ladder.others import GRAMMAR, INSTRUCTOR, ROOT, asked_by_instructor, asked_with_grammar, environment
from bench.ladder.record import Record, Result
from bench.ladder.report import page
from runtime.sources import LOCAL_URL
from workers.model_server import CONVERSATIONS

TABLE = Path(__file__).parents[1] / "ladder.md"
SCRATCH = Path(tempfile.gettempdir())

CONTRACTS = ("ticket", "order", "round")
PLAN = (
    (LADDER, CASES),
    *((part, count) for count in (50, 100, CASES) for part in (GRAMMAR, INSTRUCTOR, SCRATCHPAD)),
)
"""What is asked in which way, and how many cases of each contract have had it then. The ladder comes first: the others
are given its prompts. The product's own contracts are left to the corrupter: their prompts are long, the model slow."""

Way = Callable[[Case], Awaitable[Result]]


class Bench:
    """Runs the parts, each case once."""

    def __init__(self, record: Record, url: str, llm: LlmActivities, python: Path) -> None:
        self._record, self._url, self._llm, self._python = record, url, llm, python
        self._cases = all_cases()

    async def run(self, most: int) -> None:
        """The whole plan, with so many cases at most for each contract."""
        for part, count in PLAN:
            for contract in CONTRACTS:
                cases = self._cases[contract][: min(count, most)]
                todo = [case for case in cases if self._record.find(part, case.key) is None]
                began = time.monotonic()
                await (self._instructor(todo) if part == INSTRUCTOR else self._each(todo, self._way(part)))
                print(f"{part}, {contract}: {len(todo)} cases, {time.monotonic() - began:.0f} s", flush=True)

    def _way(self, part: str) -> Way:
        if part == GRAMMAR:
            return lambda case: asked_with_grammar(case, self._first(case), self._url)
        return partial(climbed, part, self._llm)

    async def _each(self, todo: list[Case], way: Way) -> None:
        left = list(todo)

        async def work() -> None:
            while left:
                self._record.add(await way(left.pop(0)))

        await asyncio.gather(*(work() for _ in range(CONVERSATIONS)))

    async def _instructor(self, todo: list[Case]) -> None:
        firsts = [(case, self._first(case)) for case in todo]
        async for result in asked_by_instructor(firsts, self._python, self._url, CONVERSATIONS):
            self._record.add(result)

    def _first(self, case: Case) -> Result:
        found = self._record.find(LADDER, case.key)
        assert found
        return found


@contextmanager
def model_server() -> Iterator[str]:
    """The local model's server, for the time of the bench; its base URL."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "address"
        command = (sys.executable, "-m", "workers.model_server", "--ready-file", str(ready))
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not (ready.exists() and ready.read_text()):
                if process.poll() is not None:
                    sys.exit(f"the model's server ended with exit code {process.returncode}")
                # Only how often to look.
                time.sleep(0.05)
            yield ready.read_text()
        finally:
            process.kill()  # a request in flight would hold it
            process.wait()


async def measure(record: Record, most: int) -> None:
    """All that needs the local model."""
    python = environment(SCRATCH / "signoff-bench-instructor")
    with tempfile.TemporaryDirectory() as folder, model_server() as url, own_prompts():
        llm = activities(Path(folder), {LOCAL_URL: url})
        await Bench(record, url, llm, python).run(most)
        await llm.close()


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.ladder", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help=f"of each contract; the page is written for {CASES}")
    parser.add_argument("--show", action="store_true", help="print what was measured so far")
    parser.add_argument("--record", type=Path, default=SCRATCH / "signoff-bench-ladder.jsonl", help="where results go")
    arguments = parser.parse_args()
    if arguments.cases < 1:
        parser.error("--cases must be 1 or more")
    record = Record(arguments.record)
    if not arguments.show:
        print(f"{len(record)} results in {arguments.record}; without it everything is measured anew", flush=True)
        asyncio.run(measure(record, arguments.cases))
    before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    text = page(record, asyncio.run(corrupted()), before)
    print(text)
    if arguments.cases == CASES and not arguments.show:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
