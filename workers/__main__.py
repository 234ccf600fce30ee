"""`python -m workers`: a worker for all queues, or for those that `--queues` names."""

import argparse
import asyncio
import importlib
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from runtime.client import NoServer, connect
from runtime.search_attributes import NotRegistered, ensure
from runtime.settings import Settings, SettingsError, check_worker_settings, load_settings
from runtime.telemetry import flush, telemetry_plugins

PACKAGES = ("contracts", "workflows", "activities", "runtime", "workers")


def check_packages() -> None:
    """Raise SettingsError where another distribution's package of the same name would be run in our place."""
    root = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        home = Path(importlib.import_module(name).__file__ or "").resolve().parent
        if home.parent != root:
            raise RuntimeError(
                f"package {name} comes from {home}, not from {root}: use a virtual environment of its own"
            )


async def serve(settings: Settings, queues: list[str] | None, ready: Path | None) -> None:
    """Work until SIGINT or SIGTERM; then end: model calls after three seconds, effects when they are done."""
    from workers.approvers import check_gates, check_notices, gates_that_wait, who_decides
    from workers.catalogue import make_workers, unpriced
    from workers.collecting import check_blobs, collecting
    from workers.sealing import check_payload_keys, keep_content_out_of_logs
    from workers.tables import check_tables

    check_packages()
    check_worker_settings(settings)
    check_gates(settings)
    check_notices(settings)
    if problem := await asyncio.to_thread(check_tables, settings):
        print(f"signoff worker: {problem}; until then runs wait for it", file=sys.stderr, flush=True)
    client = await connect(settings, plugins=telemetry_plugins(settings))
    try:
        await ensure(client)
    except NotRegistered as error:
        # They may be there all the same, where listing them is not permitted.
        print(f"signoff worker: {error}", file=sys.stderr, flush=True)
    if problem := await check_blobs(client):
        print(f"signoff worker: {problem}; until then runs with large payloads wait", file=sys.stderr, flush=True)
    keep_content_out_of_logs(client)
    if problem := await check_payload_keys(client):
        print(f"signoff worker: {problem}; until then runs wait", file=sys.stderr, flush=True)
    if settings.smtp_url is None:
        print("SIGNOFF_SMTP_URL is not set: a run that comes to send a mail will fail", file=sys.stderr, flush=True)
    for problem in gates_that_wait(settings):
        print(f"signoff worker: {problem}; until then its runs wait there", file=sys.stderr, flush=True)
    for problem in unpriced(settings):
        print(f"signoff worker: {problem}; until then runs pass it over", file=sys.stderr, flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        workers = make_workers(client, settings, queues, stack)
        for worker in workers:
            await stack.enter_async_context(worker)
            print(f"working on queue {worker.task_queue}", flush=True)
        await stack.enter_async_context(collecting(client, settings))
        print(who_decides(settings), flush=True)
        print(f"ready at {settings.temporal_address}, namespace {settings.temporal_namespace}", flush=True)
        if ready is not None:
            await asyncio.to_thread(ready.touch)
        await stop.wait()
        # All at once: each may wait for what it is doing.
        await asyncio.gather(*(worker.shutdown() for worker in workers))


def main() -> int:
    """Exit code: 0 ended by a signal; 2 a setting that cannot be right, or a newer program's tables; 3 no Temporal
    server."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("--queues", help="task queues, with commas between; all unless given")
    parser.add_argument("--ready-file", type=Path, help="a file that is made once the worker polls")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    queues = arguments.queues.split(",") if arguments.queues else None
    try:
        asyncio.run(serve(load_settings(), queues, arguments.ready_file))
    except NoServer as error:
        return _fail(error, 3)
    except SettingsError as error:
        return _fail(error, 2)
    return 0


def _fail(error: Exception, code: int) -> int:
    print(f"signoff worker: {error}", file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    code = main()
    flush()
    sys.stdout.flush()
    # The SDK's threads can abort the interpreter on its way out; everything is flushed by now.
    os._exit(code)
