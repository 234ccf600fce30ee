"""`signoff approve`, `reject`, `answer`, `abstain` and `retract`."""

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from contracts.gates import Abstain, AnswerGate, Approve, Decision, Reject, Retract
from starters.cli.common import checked, connected
from starters.cli.output import clean_line, emit, say
from starters.decisions import decide, own_name, pick_gate
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.happenings import RunStatus
from starters.requests import read_object
from starters.session import Session, find_run
from starters.signing import Signer

Make = Callable[[str | None, str | None], Decision]
"""Makes the decision, given the gate and the digest that it is bound to."""


async def approve(args: Namespace) -> int:
    """Say yes, to the subject as it is or with some fields changed."""
    edit = read_object(args.edit, "--edit") if args.edit is not None else None
    by = _by(args)
    return await _send(args, lambda gate, digest: Approve(by=by, gate=gate, digest=digest, note=args.note, edit=edit))


async def reject(args: Namespace) -> int:
    """Say no, and why."""
    by = _by(args)
    return await _send(args, lambda gate, digest: Reject(by=by, gate=gate, digest=digest, reason=args.reason))


async def answer(args: Namespace) -> int:
    """Answer a question, in words or by one of its choices."""
    by = _by(args)
    number = args.choice is not None and args.choice.isascii() and args.choice.isdigit()
    choice = int(args.choice) if number else args.choice
    return await _send(
        args, lambda gate, digest: AnswerGate(by=by, gate=gate, digest=digest, text=args.text, choice=choice)
    )


async def abstain(args: Namespace) -> int:
    """Leave it to the others."""
    by = _by(args)
    return await _send(args, lambda gate, digest: Abstain(by=by, gate=gate, digest=digest, note=args.note))


async def retract(args: Namespace) -> int:
    """Take one's own approval or abstention back."""
    by = _by(args)
    return await _send(args, lambda gate, digest: Retract(by=by, gate=gate, digest=digest, note=args.note))


async def _send(args: Namespace, make: Make) -> int:
    # Before anything is connected to.
    checked(lambda: make(args.gate, None))
    signer = _signer(args)
    session = await connected(args)
    run = await find_run(session.client, args.id)
    if run.status is not RunStatus.RUNNING:
        raise Failure(REFUSED, f"{args.id} is over ({run.status}): nothing is left to decide")
    card = await pick_gate(run, args.gate)
    # What lies open now is what is decided: should it change on the way, the decision is refused.
    digest = getattr(args, "digest", None) or (card.digest if card else None)
    if signer and card is None:
        gate = f"gate {args.gate}" if args.gate else "no gate"
        raise Failure(REFUSED, f"{args.id}: {gate} is {'not ' * bool(args.gate)}open: there is nothing to sign")
    decision = make(card.gate if signer and card else args.gate, digest)
    if signer:
        decision = _signed(signer, args, session, decision)
    reply = await decide(run.newest, decision)
    if not reply.accepted:
        raise Failure(REFUSED, f"{args.id}: refused: {reply.reason}")
    if args.json:
        emit({"workflow_id": args.id, **reply.model_dump(mode="json")})
    else:
        say(clean_line(reply.reason))
    return 0


def _signer(args: Namespace) -> Signer | None:
    if args.key is None:
        if args.key_id is not None:
            raise Failure(BAD_INPUT, "--key-id says which key --key is: give --key, too")
        return None
    signer = Signer(Path(args.key))
    if signer.is_open_to_others:
        print(f"signoff: {clean_line(args.key)} can be read by others: chmod 600 it", file=sys.stderr, flush=True)
    return signer


def _signed(signer: Signer, args: Namespace, session: Session, decision: Decision) -> Decision:
    signature = checked(lambda: signer.sign(args.id, decision, args.key_id, session.settings.approvers))
    return decision.model_copy(update={"signature": signature})


def _by(args: Namespace) -> str:
    return own_name() if args.by is None else str(args.by)
