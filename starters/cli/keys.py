"""`signoff keys`: a pair of keys for an approver, whose private half stays here; a key to encrypt payloads with."""

import json
import re
from argparse import Namespace
from pathlib import Path

from runtime.approver_fields import checked_name
from runtime.keys import new_key, write_key
from runtime.sealing.keys import new_payload_key
from starters.cli.output import clean_line, emit, say
from starters.decisions import own_name
from starters.failures import BAD_INPUT, Failure

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def new(args: Namespace) -> int:
    """Make a pair; print what stands in SIGNOFF_APPROVERS."""
    name = args.name or own_name()
    try:
        checked_name(name)
    except ValueError as problem:
        raise Failure(BAD_INPUT, f"--name {problem}") from None
    path = Path(args.out or _file_name(name))
    made = new_key()
    try:
        write_key(path, made.pem)
    except FileExistsError:
        advice = "a key is never written over; give another --out"
        raise Failure(BAD_INPUT, f"{path} is there already: {advice}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Failure(BAD_INPUT, f"{path} cannot be written: {reason}") from None
    toml = toml_lines(name, made.id, made.public)
    if args.json:
        emit({"name": name, "id": made.id, "public": made.public, "file": str(path), "toml": toml})
        return 0
    say(f"The private key is in {clean_line(path)}: keep it to yourself. Sign with --key {clean_line(path)}\n")
    say("Add this to the file that SIGNOFF_APPROVERS names:\n")
    say(toml)
    return 0


def payload(args: Namespace) -> int:
    """Print a key, as SIGNOFF_PAYLOAD_KEYS or its file has it."""
    try:
        line = new_payload_key(args.id)
    except ValueError as problem:
        raise Failure(BAD_INPUT, f"--id {problem}") from None
    # Nothing else on stdout: it is meant for a file.
    emit({"id": line.partition(":")[0], "line": line}) if args.json else say(line)
    return 0


def toml_lines(name: str, key_id: str, public: str) -> str:
    """The key as the file of approvers has it."""
    # Of printable text, JSON escapes what TOML does: quotes and backslashes.
    quoted = name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    return f'[[approvers.{quoted}.keys]]\nid = "{key_id}"\npublic = "{public}"'


def _file_name(name: str) -> str:
    """In the current folder, whatever the name holds."""
    plain = re.sub(r"[^\w.@+-]+", "-", name).strip("-.") or "my"
    return f"{plain}.signoff-key.pem"
