"""From a command line to the function that does it."""

import importlib
from argparse import Namespace
from collections.abc import Callable, Coroutine, Sequence

from starters.cli.parser import build_parser
from starters.failures import BAD_INPUT, Failure

Handler = Callable[[Namespace], int | Coroutine[None, None, int]]


def run(argv: Sequence[str]) -> int:
    """Run one command; its exit code. Raises Failure, SystemExit (help), KeyboardInterrupt."""
    _check_text(argv)
    args = build_parser().parse_args(argv)
    module, _, name = args.handler.partition(":")
    handler: Handler = getattr(importlib.import_module(module), name)
    result = handler(args)
    if isinstance(result, int):
        return result
    # Imported here: `--help` and the commands without a server do without it.
    import asyncio

    return asyncio.run(result)


def _check_text(argv: Sequence[str]) -> None:
    """Bytes that are no UTF-8 arrive as lone surrogates, which nothing further down can send or store."""
    for number, argument in enumerate(argv, 1):
        if any("\ud800" <= c <= "\udfff" for c in argument):
            raise Failure(BAD_INPUT, f"argument {number} is not UTF-8 text")
        if "\0" in argument:
            raise Failure(BAD_INPUT, f"argument {number} holds a NUL character")
