"""`signoff doctor`: what is wrong with the set-up, and what to do."""

from argparse import Namespace

from starters.cli.common import connected
from starters.cli.output import clean_line, emit, say
from starters.doctor import examine
from starters.failures import REFUSED


async def doctor(args: Namespace) -> int:
    """Say what was found. Exit code 1 where something is wrong."""
    session = await connected(args)
    found = await examine(session.client, session.settings.database_url)
    wrong = [one for one in found if one.advice]
    if args.json:
        checks = [
            {"about": one.about, "ok": one.advice is None, "text": one.text, "advice": one.advice, **(one.facts or {})}
            for one in found
        ]
        emit({"ok": not wrong, "address": session.settings.temporal_address, "checks": checks})
    else:
        say(f"Temporal server at {session.settings.temporal_address}")
        for one in found:
            say(f"{'WRONG' if one.advice else 'ok':5} {clean_line(f'{one.about}: {one.text}')}")
            if one.advice:
                say(f"      {clean_line(one.advice)}")
    return REFUSED if wrong else 0
