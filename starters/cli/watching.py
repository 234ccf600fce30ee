"""`signoff watch`: live commentary; the same lines when the run is over."""

from argparse import Namespace

from rich.text import Text

from starters.cli.common import connected
from starters.cli.output import clean_line, console, emit
from starters.commentary import Line, Tone, comment
from starters.session import find_run
from starters.watch import live

_STYLES = {Tone.PLAIN: "", Tone.QUIET: "dim", Tone.PERSON: "bold cyan", Tone.GOOD: "bold green", Tone.BAD: "bold red"}


async def watch(args: Namespace) -> int:
    """Tell a run until it ends, or until Ctrl-C, which ends the watching only."""
    client = (await connected(args)).client
    run = await find_run(client, args.id)
    async for happening in live(client, run.handle):
        if line := comment(happening, args.id):
            show_line(line, as_json=args.json)
    return 0


def show_line(line: Line, *, as_json: bool) -> None:
    """One line of commentary on stdout."""
    if as_json:
        facts = {"at": line.at.isoformat(), "step": line.step, "text": line.text}
        emit({**facts, **line.facts})
        return
    time = Text(f"{line.at:%m-%d %H:%M:%S}Z  ", style="dim")
    console().print(time + Text(clean_line(line.text), style=_STYLES[line.tone]))
