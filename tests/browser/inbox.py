"""An inbox that a browser can open, and somebody who has signed in there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Page
from temporalio.client import Client

from runtime.settings import Settings
from starters.inbox.app import make_app
from starters.inbox.desk import Desk
from starters.inbox.place import Place, run_path
from starters.inbox.serving import listen, serve
from starters.session import Session


@dataclass(frozen=True)
class Inbox:
    """One that serves."""

    desk: Desk

    @property
    def url(self) -> str:
        """Where."""
        return self.desk.place.url

    def link(self, name: str = "ann") -> str:
        """Lets somebody in, once."""
        return f"{self.url}/login/{self.desk.links.make(name)}"

    async def sign_in(self, tab: Page, name: str = "ann") -> None:
        """By a link."""
        await tab.goto(self.link(name))
        await tab.get_by_role("button", name=f"Sign in as {name}").click()

    async def open(self, tab: Page, workflow_id: str, gate: str | None = None) -> int:
        """A run's page; the status of the answer."""
        answer = await tab.goto(f"{self.url}{run_path(workflow_id, gate)}")
        assert answer
        return answer.status


@asynccontextmanager
async def inbox(client: Client, settings: Settings) -> AsyncIterator[Inbox]:
    """Serves until the test is over."""
    ready, end = asyncio.Event(), asyncio.Event()
    with listen("127.0.0.1", 0) as opened:
        desk = Desk(Session(client, settings), Place("127.0.0.1", opened.getsockname()[1]))
        serving = asyncio.create_task(serve(make_app(desk), opened, ready.set, end))
        try:
            await ready.wait()
            yield Inbox(desk)
        finally:
            end.set()
            await serving


@asynccontextmanager
async def watched(tab: Page) -> AsyncIterator[None]:
    """Fail where the page breaks its own policy, or a script fails."""
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    tab.on("dialog", lambda dialog: wrong.append(dialog.message))
    yield
    assert wrong == []
