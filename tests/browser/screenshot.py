"""`python -m tests.browser.screenshot`: take the README's picture of a run in the Temporal UI anew."""

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import quote

from tests.browser.chromium import page
from tests.support.server import start_server, ui_url
from tests.support.world import GOOD, world

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "temporal-ui.png"


async def take() -> None:
    """One run from start to mail, approved, as the UI draws it."""
    PICTURE.parent.mkdir(exist_ok=True)
    slow = {step: [{"$delay_s": 1.0, "$reply": replies[0]}] for step, replies in GOOD.items()}
    async with await start_server() as env:
        with tempfile.TemporaryDirectory() as folder:
            async with world(env, Path(folder), slow, {}) as here, page(1360, 1080) as tab:
                with env.with_time_skipping_disabled():
                    handle = await here.start({"lead_id": "lead-007"}, "sales-follow-up/lead-007/2026-11-21")
                    await here.gate(handle)
                    await handle.signal("approve", {"by": "ann"})
                    await handle.result()
                await tab.goto(f"{ui_url(env)}/namespaces/default/workflows/{quote(handle.id, safe='')}")
                await tab.get_by_text("Note the mail in the CRM").first.wait_for()
                await tab.get_by_text("Completed").first.wait_for()
                await tab.wait_for_timeout(1000)
                await tab.screenshot(path=PICTURE)


if __name__ == "__main__":
    asyncio.run(take())
