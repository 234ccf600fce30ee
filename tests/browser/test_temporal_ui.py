"""A person approves in the Temporal UI, reads there what happened, and resets a run there."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import expect
from temporalio.testing import WorkflowEnvironment

from contracts.sales_follow_up import FollowUpOutcome
from tests.browser.chromium import needs_chromium, page
from tests.conftest import MakeWorld
from tests.support.server import ui_url
from tests.support.waiting import eventually
from tests.support.world import GOOD, PLAIN, at_the_gate
from tests.workflows.errand_desk import THREE_MAILS, errand_desk

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


@needs_chromium
@pytest.mark.parametrize("which", [0, 3, -1], ids=["the first event", "one between", "the last event"])
async def test_a_run_whose_model_chose_the_calls_sends_one_mail_though_it_is_reset(
    env: WorkflowEnvironment, tmp_path: Path, which: int
) -> None:
    async with errand_desk(env, tmp_path, THREE_MAILS) as desk, page() as tab:
        handle = await desk.start()
        told = await desk.to_its_end(handle)
        first = f"{quote(handle.id, safe='')}/{handle.result_run_id}"
        await tab.goto(f"{ui_url(env)}/namespaces/default/workflows/{first}")
        await tab.get_by_role("button", name="Reset", exact=True).click()
        dialog = tab.get_by_role("dialog")
        await dialog.get_by_test_id("workflow-reset-event-id-select-button").click()
        await dialog.get_by_role("option").nth(which).click()
        await dialog.get_by_test_id("confirm-modal-button").click()

        async def was_reset() -> bool:
            newest = await env.client.get_workflow_handle(handle.id).describe()
            return newest.run_id != handle.result_run_id

        await eventually(was_reset, f"{handle.id} goes on in a new run")
        assert await desk.to_its_end(handle) == told
        assert len(desk.mails()) == 1
