"""`signoff audit ID` and `signoff audit verify FILE`."""

import os
import sys
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from starters.audit.bundle import Bundle, as_file
from starters.audit.reading import Broken, read_bundle, read_file
from starters.cli.output import clean_line, emit, say
from starters.failures import BAD_INPUT, REFUSED, Failure

VERIFY = "verify"


async def audit(args: Namespace) -> int:
    """Write a run's proof bundle, or check one."""
    if args.id == VERIFY:
        if args.file is None:
            raise Failure(BAD_INPUT, "audit verify wants the FILE to check")
        if args.out is not None:
            raise Failure(BAD_INPUT, "audit verify writes nothing: leave --out away")
        return _verify(Path(args.file), as_json=args.json)
    if args.file is not None:
        raise Failure(BAD_INPUT, f"audit takes one ID, got {args.file}, too; --out FILE says where the bundle goes")
    return await _write(args)


async def _write(args: Namespace) -> int:
    # Imported here: checking a file needs no connection.
    from starters.accounts import was_erased
    from starters.audit.collecting import collect
    from starters.chain import read_chain
    from starters.cli.common import connected
    from starters.session import find_run

    client = (await connected(args)).client
    chain = await read_chain(client, (await find_run(client, args.id)).handle)
    if chain.lost:
        raise Failure(REFUSED, f"{args.id} cannot be proven: {chain.lost[0]}")
    if was_erased(chain):
        told = f"`signoff show {args.id}` tells who decided what"
        raise Failure(REFUSED, f"{args.id} cannot be proven: what its approvers saw was erased; {told}")
    bundle = collect(args.id, chain, client.data_converter)
    data, sha256 = as_file(bundle)
    if args.out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return 0
    path = Path(args.out)
    _save(path, data)
    if args.json:
        emit({"workflow_id": args.id, "file": str(path), "sha256": sha256, **_counts(bundle)})
    else:
        counts = ", ".join(f"{count} {name}" for name, count in _counts(bundle).items())
        say(clean_line(f"{path}: {counts}"))
        say(f"SHA-256 {sha256}")
        say(clean_line(f"check it anywhere: signoff audit verify {path}"))
    return 0


def _verify(path: Path, *, as_json: bool) -> int:
    from starters.audit.proof import Proof

    try:
        found = read_bundle(read_file(path))
        proof = Proof(found.bundle)
    except Broken as broken:
        raise Failure(REFUSED, f"{path} does not hold: {broken}") from None
    facts = {"file": str(path), "holds": True, "sha256": found.sha256, "workflow_id": found.bundle.workflow_id}
    if as_json:
        emit({**facts, "proven": proof.proven, "rests": proof.rests})
        return 0
    say(clean_line(f"{path} holds: {found.bundle.workflow_id}"))
    say(f"SHA-256 {found.sha256}")
    for title, lines in (("Proven", proof.proven), ("Rests on the word of whoever recorded it", proof.rests)):
        if lines:
            say(f"\n{title}:")
        for line in lines:
            say(f"  - {clean_line(line)}")
    return 0


def _counts(bundle: Bundle) -> dict[str, int]:
    gates = bundle.gates
    decisions = sum(note.who is not None for gate in gates for note in (*gate.notes, *([gate.end] if gate.end else [])))
    return {
        "runs": len(bundle.runs),
        "gates": len(gates),
        "decisions": decisions + len(bundle.stops),
        "effects": len(bundle.effects),
        "refusals": bundle.refusals_count,
    }


def _save(path: Path, data: bytes) -> None:
    """Whole or not at all: half a bundle would look like one that was changed."""
    try:
        if path.exists() and not path.is_file():  # a device is written to, not replaced
            path.write_bytes(data)
            return
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            with suppress(OSError):
                beside.unlink()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise Failure(BAD_INPUT, f"{path} cannot be written: {reason}") from None
