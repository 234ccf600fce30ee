"""`signoff up` and `signoff seed`: the workers' own programs, which starters do not import."""

import os
import sys
from argparse import Namespace

from starters.cli.output import emit
from starters.embedded import PROGRAM, ready_stack, running_stack
from starters.ending import unwind_on_signals
from starters.failures import REFUSED, Failure


def up(args: Namespace) -> int:
    """Become the embedded stack; with --json, say where it is once it is ready, and stay until it ends."""
    if not args.json:
        # In its place, not beside it: signals and the exit code need nobody to pass them on.
        os.execv(PROGRAM[0], PROGRAM)
    if stack := running_stack():
        raise Failure(REFUSED, f"a stack is already running here (pid {stack.pid}, Temporal UI {stack.ui})")
    unwind_on_signals()
    with ready_stack(lambda _: None) as (stack, child):
        emit(stack.model_dump(mode="json"))
        return child.wait() if child else 0


def seed(args: Namespace) -> int:
    """Become the program that loads the samples."""
    os.execv(sys.executable, [sys.executable, "-m", "workers.seed", *(["--json"] if args.json else [])])
