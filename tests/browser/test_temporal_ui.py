"""A person approves in the Temporal UI, and reads there what happened."""

from urllib.parse import quote

from playwright.async_api import expect

from contracts.sales_follow_up import FollowUpOutcome
from tests.browser.chromium import needs_chromium, page
from tests.conftest import MakeWorld
from tests.support.server import ui_url
from tests.support.world import GOOD, PLAIN, at_the_gate

ROWS = (
    "Read the lead's notes",
    "Summarise the buyer's signals of",
    "Draft the mail to",
    "Find a free slot",
    "Send the approved mail to",
    "Note the mail in the CRM",
)


@needs_chromium
async def test_the_signal_dialog_approves_and_the_timeline_tells_the_story(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world, page() as tab:
        handle = await at_the_gate(world, PLAIN)
        await tab.goto(f"{ui_url(world.env)}/namespaces/default/workflows/{quote(handle.id, safe='')}")
        await tab.get_by_role("button", name="More Actions").click()
        await tab.get_by_role("menuitem", name="Send a Signal").click()
        dialog = tab.get_by_role("dialog")
        await dialog.get_by_test_id("signal-select-button").click()
        await tab.get_by_role("option", name="approve").click()
        await dialog.get_by_role("textbox", name="Data").click()
        await tab.keyboard.insert_text('{"by": "ann"}')
        await dialog.get_by_test_id("confirm-modal-button").click()
        result = await handle.result()
        assert (result.outcome, result.approved_by) == (FollowUpOutcome.SENT, "ann")
        assert len(world.mails()) == 1
        for row in ROWS:
            await expect(tab.get_by_text(row).first).to_be_visible()
