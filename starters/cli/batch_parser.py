"""`signoff batch ...`: its flags. Imports nothing but argparse, as its parent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starters.cli.parser import Commands, Parser

AT_ONCE = 20
"""Runs in flight unless said otherwise."""


def batch_command(
    commands: Commands, command: Callable[..., Parser], given: Callable[[str], str], count: Callable[[str], int]
) -> None:
    """`command` makes one with the flags that all share; `given` refuses empty text, `count` what is below 1."""
    batch = command(commands, "batch", "batching:batch", "start a run for each row of a file; give it again to go on")
    batch.add_argument("process", metavar="PROCESS", help="its name, as `signoff map` lists it")
    batch.add_argument("file", type=given, metavar="FILE.csv|FILE.jsonl", help="the header names fields of the input")
    flying = f"start no more while so many neither wait for a person nor are over ({AT_ONCE})"
    batch.add_argument("--max-in-flight", type=count, default=AT_ONCE, metavar="N", help=flying)
    batch.add_argument("--by", type=given, metavar="WHO", help="the requester of every run")
    batch.add_argument("--tenant", type=given, help="on whose account they run")
    batch.add_argument(
        "--occasion", type=given, help="tells this batch from the next; unless given, the day on which it first began"
    )
    batch.add_argument("--budget", metavar="JSON|@FILE", help="what each run may spend")
    batch.add_argument("--yes", action="store_true", help="start without asking")
    batch.epilog = (
        "Rows that cannot start a run are named by their line, and the others are run. Exit codes: 0 every row came "
        "through; 1 some did not; 130 broken off: the same command goes on."
    )
