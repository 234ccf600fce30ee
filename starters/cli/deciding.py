"""`signoff approve`, `reject` and `answer`."""

from argparse import Namespace
from collections.abc import Callable

from contracts.gates import AnswerGate, Approve, Card, Decision, Reject
from starters.cli.common import checked, connected
from starters.cli.output import clean_line, emit, say
from starters.decisions import decide, own_name, pick_gate
from starters.failures import REFUSED, Failure
from starters.happenings import RunStatus
from starters.requests import read_object
from starters.session import find_run

Make = Callable[[str | None], Decision]
"""Makes the decision, given the digest that it is bound to."""


async def approve(args: Namespace) -> int:
    """Say yes, to the subject as it is or with some fields changed."""
    edit = read_object(args.edit, "--edit") if args.edit is not None else None
    by = _by(args)
    return await _send(
        args, lambda digest: Approve(by=by, gate=args.gate, digest=args.digest or digest, note=args.note, edit=edit)
    )


async def reject(args: Namespace) -> int:
    """Say no, and why."""
    by = _by(args)
    return await _send(
        args, lambda digest: Reject(by=by, gate=args.gate, digest=args.digest or digest, reason=args.reason)
    )


async def answer(args: Namespace) -> int:
    """Answer a question, in words or by one of its choices."""
    by = _by(args)
    number = args.choice is not None and args.choice.isascii() and args.choice.isdigit()
    choice = int(args.choice) if number else args.choice
    return await _send(
        args, lambda digest: AnswerGate(by=by, gate=args.gate, digest=digest, text=args.text, choice=choice)
    )


async def _send(args: Namespace, make: Make) -> int:
    checked(lambda: make(None))  # before anything is connected to
    session = await connected(args)
    run = await find_run(session.client, args.id)
    if run.status is not RunStatus.RUNNING:
        raise Failure(REFUSED, f"{args.id} is over ({run.status}): nothing is left to decide")
    reply = await decide(run.handle, make(_digest(await pick_gate(run, args.gate))))
    if not reply.accepted:
        raise Failure(REFUSED, f"{args.id}: refused: {reply.reason}")
    if args.json:
        emit({"workflow_id": args.id, **reply.model_dump(mode="json")})
    else:
        say(clean_line(reply.reason))
    return 0


def _digest(card: Card | None) -> str | None:
    # What lies open now is what is decided: should it change on the way, the decision is refused.
    return card.digest if card else None


def _by(args: Namespace) -> str:
    return own_name() if args.by is None else str(args.by)
