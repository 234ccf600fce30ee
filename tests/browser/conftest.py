"""An inbox with one worker behind it, and a browser that has signed in there."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.browser.chromium import page
from tests.browser.inbox import Inbox, inbox, watched
from tests.conftest import MakeWorld
from tests.support.world import GOOD, World


@pytest.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(GOOD) as made:
        yield made


@pytest.fixture
async def there(world: World) -> AsyncIterator[Inbox]:
    async with inbox(world.client, world.settings) as made:
        yield made


@pytest.fixture
async def tab(there: Inbox) -> AsyncIterator[Page]:
    async with page() as opened, watched(opened):
        await there.sign_in(opened)
        yield opened
