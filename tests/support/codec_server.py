"""A codec server that other programs reach."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from runtime.blobs.opened import open_driver
from runtime.codec import data_converter
from runtime.sealing.opened import open_vault
from runtime.settings import Settings
from starters.codec.app import make_app
from starters.codec.door import Door
from starters.inbox.place import Place
from starters.inbox.serving import listen, serve


@asynccontextmanager
async def codec_server(settings: Settings, origins: Collection[str]) -> AsyncIterator[str]:
    """Serves until the test is over; yields its URL."""
    ready, end = asyncio.Event(), asyncio.Event()
    converter = data_converter(open_driver(settings), settings.blobs_above, open_vault(settings))
    with listen("127.0.0.1", 0) as opened:
        place = Place("127.0.0.1", opened.getsockname()[1])
        app = make_app(converter, Door(settings, place.port), origins, settings.temporal_namespace)
        serving = asyncio.create_task(serve(app, opened, ready.set, end))
        try:
            await ready.wait()
            yield place.url
        finally:
            end.set()
            await serving
