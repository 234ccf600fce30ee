"""`signoff standing ...`: its commands and flags. Imports nothing but argparse, as its parent."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starters.cli.parser import Commands, Parser

MOST = 1000
"""Uses of one standing approval."""


def standing_commands(commands: Commands, command: Callable[..., Parser], given: Callable[[str], str]) -> None:
    """`command` makes one with the flags that all share; `given` refuses empty text."""
    text = "approve a kind of action in advance: grant, list, show, revoke"
    standing = commands.add_parser("standing", help=text, description=text.capitalize() + ".", allow_abbrev=False)
    kinds = standing.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _grant(command(kinds, "grant", "standing_grant:grant", "approve in advance, within bounds"), given)
    listing = command(kinds, "list", "standing:list_all", "list the standing approvals")
    listing.add_argument("--process", metavar="PROCESS", help="only those for this process")
    listing.add_argument("--all", action="store_true", help="also those that are over")
    show = command(kinds, "show", "standing:show", "show what one covers, and every use that was made of it")
    show.add_argument("id", type=given, metavar="ID")
    revoke = command(kinds, "revoke", "standing:revoke", "end one at once")
    revoke.add_argument("id", type=given, metavar="ID")
    revoke.add_argument("--reason", required=True, metavar="TEXT", help="goes into the record")
    revoke.add_argument("--by", type=given, metavar="WHO", help="your user name unless given")


def _grant(grant: Parser, given: Callable[[str], str]) -> None:
    grant.add_argument("process", metavar="PROCESS", help="its name, as `signoff map` lists it")
    grant.add_argument("tool", type=given, metavar="TOOL", help="the tool's name, like mail.send")
    grant.add_argument(
        "--bounds",
        required=True,
        metavar="JSON|@FILE",
        help="what each field of the tool's argument may be: "
        '{"amount": {"at_most": 50}, "to.email": {"in_domain": "example.com"}, "note": {"anything": true}}',
    )
    grant.add_argument("--at-most", required=True, type=_uses, metavar="N", help=f"how many uses, 1 to {MOST:,}")
    grant.add_argument(
        "--until", required=True, type=given, metavar="WHEN", help="its end: 90m, 24h, 7d, or an ISO date or time (UTC)"
    )
    grant.add_argument("--by", type=given, metavar="WHO", help="who approves; your user name unless given")
    grant.add_argument("--name", type=given, help="tells it from others for the tool; today's date (UTC) unless given")
    grant.add_argument("--note", metavar="TEXT", help="goes into the record, and into every approval")


def _uses(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= MOST:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST:,}")
    return count
