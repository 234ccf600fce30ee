"""`python -m bench.conversation.programs NAME work|replay`: the worker of a system, or a replay in its sandbox."""

import argparse
import asyncio
import importlib
import json
import logging
import os
import signal
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.conversation.programs.program import Program
from bench.conversation.programs.sampling import Sampler
from bench.conversation.programs.script import MODEL


async def work(program: Program, arguments: argparse.Namespace) -> None:
    """Until SIGTERM. The ready file gets the time at which it polls."""
    MODEL.latency_s, MODEL.hold_at = arguments.latency, arguments.hold_at
    MODEL.folder = arguments.ready.parent
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await program.connect(arguments.address)
    async with AsyncExitStack() as stack:
        for worker in program.workers(client, arguments.part, stack):
            await stack.enter_async_context(worker)
        sampler = Sampler() if arguments.profile else None
        # Moved into place, so that it is never seen half written.
        beside = arguments.ready.with_suffix(".new")
        beside.write_text(str(time.time()))
        beside.rename(arguments.ready)
        await stop.wait()
        if sampler:
            sampler.write(arguments.profile)


async def replay(program: Program, arguments: argparse.Namespace) -> None:
    """Print the seconds that the runs' replay took, one after the other, without reading them from the server."""
    client = await program.connect(arguments.address)
    handles = [client.get_workflow_handle(arguments.workflow_id, run_id=run) for run in arguments.run_ids]
    histories = [await handle.fetch_history() for handle in handles]
    replayer = program.replayer(client)
    began = time.perf_counter()
    for history in histories:
        await replayer.replay_workflow(history)
    print(json.dumps(time.perf_counter() - began), flush=True)


def main() -> None:
    """What the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m bench.conversation.programs")
    parser.add_argument("name")
    does = parser.add_subparsers(required=True)
    worker = does.add_parser("work")
    worker.set_defaults(do=work)
    worker.add_argument("--part", choices=("all", "work", "model"), default="all")
    worker.add_argument("--ready", type=Path, required=True)
    worker.add_argument("--latency", type=float, default=0)
    worker.add_argument("--hold-at", type=int)
    worker.add_argument("--profile", type=Path, help="where to write what the time was spent on")
    again = does.add_parser("replay")
    again.set_defaults(do=replay)
    again.add_argument("workflow_id")
    again.add_argument("run_ids", nargs="+")
    for one in (worker, again):
        one.add_argument("--address", required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    module = importlib.import_module(f"bench.conversation.programs.{arguments.name}")
    asyncio.run(arguments.do(module.PROGRAM, arguments))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # The SDK's threads can abort the interpreter on its way out.
    os._exit(0)
