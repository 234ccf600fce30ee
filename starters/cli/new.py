"""`signoff new`."""

from argparse import Namespace
from pathlib import Path

import contracts
from starters.cli.output import emit, say
from starters.new.making import carry_out, plan
from starters.new.names import read_name

ROOT = Path(contracts.__file__).parents[1]
"""Of the checkout that this program runs from."""


def new(args: Namespace) -> int:
    """Write the files of a new process, and its lines in the lists that name processes."""
    names = read_name(args.process)
    made = plan(names, ROOT)
    carry_out(made)
    if args.json:
        emit({"process": names.name, "root": str(ROOT), "written": list(made.fresh), "changed": list(made.changed)})
        return 0
    for place in made.fresh:
        say(f"wrote    {place}")
    for place in made.changed:
        say(f"changed  {place}")
    say(
        f"\nnext: python -m tests.replay.record_{names.stem}   (records its first histories)"
        f"\n      make test ARGS=tests/workflows/test_{names.stem}.py"
        f"\n      start the worker anew, then: signoff start {names.name} --input @samples/{names.name}/01-plain.json"
        "\nand docs/add-a-process.md says how to make it your own."
    )
    return 0
