"""`python -m tests.browser.inbox_pictures`: take the pictures of the inbox anew, from real runs."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from tests.browser.chromium import page
from tests.browser.inbox import inbox
from tests.support.server import start_server
from tests.support.world import at_the_gate, world

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LEADS = ("lead-007", "lead-001", "lead-002", "lead-004")
APPROVERS = """
[approvers.ann]
roles = ["sales-lead"]
[gates.sales-follow-up.review-email]
stages = [{ who = ["role:sales-lead"] }]
"""
DRAFT: dict[str, Any] = {
    "subject": "Your plans, and what could come next",
    "paragraphs": [
        "Thank you for telling us where things stand. What you described is just what we built this for, and I would "
        "be glad to hear how your plans are coming along.",
        "If it helps, I can put together a short proposal that you could show to your colleagues.",
    ],
}
SCRIPT: dict[str, Any] = {
    "summarise-signals": [{"signals": []}] * len(LEADS),
    "draft-email": [DRAFT] * len(LEADS),
}


async def take() -> None:
    """The list by day; a mail at night; the same mail on a phone."""
    PICTURES.mkdir(exist_ok=True)
    async with await start_server() as env:
        with tempfile.TemporaryDirectory() as folder:
            approvers = Path(folder) / "approvers.toml"
            approvers.write_text(APPROVERS)
            async with world(env, Path(folder), SCRIPT, {"SIGNOFF_APPROVERS": str(approvers)}) as here:
                for lead in LEADS:
                    await at_the_gate(here, {"lead_id": lead, "by": "bob"}, f"sales-follow-up/{lead}/spring")
                async with inbox(here.client, here.settings) as there, page(1000, 760) as tab:
                    await there.sign_in(tab)
                    await expect(tab.locator("a.open")).to_have_count(len(LEADS))
                    await tab.screenshot(path=PICTURES / "inbox-light.png")
                    await tab.locator("a.open").first.click()
                    await tab.emulate_media(color_scheme="dark")
                    await tab.set_viewport_size({"width": 1000, "height": 1300})
                    await tab.screenshot(path=PICTURES / "inbox-dark.png")
                    await tab.emulate_media(color_scheme="light")
                    await tab.set_viewport_size({"width": 390, "height": 1000})
                    await tab.screenshot(path=PICTURES / "inbox-phone.png")


if __name__ == "__main__":
    asyncio.run(take())
