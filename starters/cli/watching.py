"""`signoff watch`: live commentary; the same lines when the run is over."""

from argparse import Namespace

from starters.chain import first_of_chain
from starters.cli.common import connected
from starters.cli.telling import Teller
from starters.commentary import comment
from starters.session import find_run
from starters.watch import live


async def watch(args: Namespace) -> int:
    """Tell a run until it ends, or until Ctrl-C, which ends the watching only."""
    client = (await connected(args)).client
    run = await find_run(client, args.id)
    with Teller(as_json=args.json) as teller:
        async for happening in live(client, await first_of_chain(client, run.handle)):
            if line := comment(happening, args.id):
                teller.tell(line)
    return 0
