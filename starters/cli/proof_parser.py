"""`signoff keys ...` and `signoff audit ...`: their flags. Imports nothing but argparse, as its parent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starters.cli.parser import Commands, Parser


def proof_commands(commands: Commands, command: Callable[..., Parser], given: Callable[[str], str]) -> None:
    """`command` makes one with the flags that all share; `given` refuses empty text."""
    text = "keys: new for an approver, who signs with it; payload for SIGNOFF_PAYLOAD_KEYS"
    keys = commands.add_parser("keys", help=text, description=text.capitalize() + ".", allow_abbrev=False)
    kinds = keys.add_subparsers(title="commands", metavar="COMMAND", required=True)
    new = command(kinds, "new", "keys:new", "make a pair of keys for an approver", server=False)
    new.add_argument("--name", type=given, metavar="WHO", help="whose it is; your user name unless given")
    new.add_argument(
        "--out", type=given, metavar="FILE", help="where the private key goes; WHO.signoff-key.pem here unless given"
    )
    payload = command(kinds, "payload", "keys:payload", "print a new key for SIGNOFF_PAYLOAD_KEYS", server=False)
    payload.add_argument("--id", type=given, metavar="ID", help="what payloads call it; today's date unless given")
    audit = command(
        commands, "audit", "auditing:audit", "write the proof of a run's decisions; `audit verify FILE` checks one"
    )
    audit.add_argument("id", type=given, metavar="ID|verify")
    audit.add_argument(
        "file", type=given, metavar="FILE", nargs="?", help="with verify: what to check, without a server"
    )
    audit.add_argument("--out", type=given, metavar="FILE", help="where the bundle goes; stdout unless given")


def signing_flags(command: Parser, given: Callable[[str], str]) -> None:
    """What every decision can be signed with."""
    command.add_argument("--key", type=given, metavar="FILE", help="sign with this private key")
    command.add_argument(
        "--key-id", type=given, metavar="KEY", help="the key's id in SIGNOFF_APPROVERS, where it was given another"
    )
