"""`signoff codec` and `signoff erase`: their flags. Imports nothing but argparse, as its parent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starters.cli.parser import Commands, Parser


def privacy_commands(
    commands: Commands, command: Callable[..., Parser], given: Callable[[str], str], port: Callable[[str], int]
) -> None:
    """`command` makes one with the flags that all share; `given` refuses empty text."""
    text = "decrypt payloads for the Temporal UI and the temporal CLI, here, until Ctrl-C"
    codec = command(commands, "codec", "decoding:codec", text, server=False)
    codec.add_argument("--port", type=port, metavar="N", help="8236, or the next free tenth above, unless given")
    codec.add_argument("--host", type=given, default="127.0.0.1", metavar="H", help="this machine only (127.0.0.1)")
    where = "of a web page that may ask, may be repeated; the Temporal UI's unless given"
    codec.add_argument("--origin", type=given, action="append", metavar="URL", help=where)
    erase = command(commands, "erase", "erasing:erase", "make what is kept about one subject unreadable, for good")
    erase.add_argument(
        "--subject", type=given, required=True, metavar="S", help="the business key of its runs, like lead-007"
    )
    erase.add_argument("--by", type=given, metavar="WHO", help="who erases; your user name unless given")
    erase.add_argument("--yes", action="store_true", help="do not ask")
