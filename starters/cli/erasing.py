"""`signoff erase`: make what is kept about one subject unreadable."""

import sys
from argparse import Namespace

from runtime.sealing.codec import vault_of
from starters.cli.common import connected
from starters.cli.output import clean_line, emit, say
from starters.decisions import own_name
from starters.erasure import About, Left, check_over, find_about, left_readable
from starters.erasure import erase as erase_subject
from starters.failures import BAD_INPUT, REFUSED, Failure

_NO_KEYS = "SIGNOFF_PAYLOAD_KEYS is not set: without keys nothing can be made unreadable; set it as the workers have it"


async def erase(args: Namespace) -> int:
    """Erase. Exit code 1 where something about the subject stays readable."""
    client = (await connected(args)).client
    vault = vault_of(client.data_converter)
    if vault is None or not vault.seals:
        raise Failure(BAD_INPUT, _NO_KEYS)
    about = await find_about(client, args.subject)
    if not about.runs and not vault.subjects.of(args.subject):
        raise Failure(
            REFUSED, f"nothing is kept about {args.subject}; a subject is a run's business key, like lead-007"
        )
    check_over(about)
    if not args.yes:
        _ask(args.subject, about)
    by = own_name() if args.by is None else args.by
    about, keys = await erase_subject(client, vault, args.subject, by)
    left = await left_readable(client, about)
    _tell(args, about, keys, left, by)
    return REFUSED if left else 0


def _ask(subject: str, about: About) -> None:
    """Raise Failure unless somebody at the terminal says yes."""
    if not sys.stdin.isatty():
        raise Failure(BAD_INPUT, "erasing cannot be undone: give --yes")
    say(f"{clean_line(subject)}: {len(about.runs)} runs")
    for run in about.runs:
        say(f"  {clean_line(run.id)}")
    say("Their inputs, prompts, replies and notes become unreadable for good; who decided what stays.")
    if input("Erase? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Failure(REFUSED, "nothing was erased")


def _tell(args: Namespace, about: About, keys: int, left: list[Left], by: str) -> None:
    ids = list(dict.fromkeys(run.id for run in about.runs))
    if args.json:
        told = [one._asdict() for one in left]
        emit({"subject": args.subject, "by": by, "keys": keys, "runs": ids, "left": told})
        return
    what = f"{keys} keys destroyed" if keys else "it was erased before"
    say(f"{clean_line(args.subject)}: {what}, {len(ids)} runs unreadable; `signoff show` still tells who decided what")
    for one in left:
        advice = f"`temporal workflow delete --workflow-id {one.workflow_id}` removes them with the run"
        say(clean_line(f"{one.workflow_id}: {one.payloads} payloads were never encrypted for it: {advice}"))
