"""From a command line to the function that does it."""

import importlib
from argparse import Namespace
from collections.abc import Callable, Coroutine, Sequence

from starters.cli.parser import build_parser

Handler = Callable[[Namespace], int | Coroutine[None, None, int]]


def run(argv: Sequence[str]) -> int:
    """Run one command; its exit code. Raises Failure, SystemExit (help), KeyboardInterrupt."""
    args = build_parser().parse_args(argv)
    module, _, name = args.handler.partition(":")
    handler: Handler = getattr(importlib.import_module(module), name)
    result = handler(args)
    if isinstance(result, int):
        return result
    # Imported here: `--help` and the commands without a server do without it.
    import asyncio

    return asyncio.run(result)
