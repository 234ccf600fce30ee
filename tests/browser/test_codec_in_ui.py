"""Who signs in to the codec server reads an encrypted run in the Temporal UI; who has not, does not."""

from pathlib import Path
from urllib.parse import quote

from playwright.async_api import Page, expect
from temporalio.testing import WorkflowEnvironment

from tests.browser.chromium import needs_chromium, page
from tests.conftest import MakeWorld
from tests.support.codec_server import codec_server
from tests.support.sealed import key, sealed_client, sealed_settings
from tests.support.server import ui_url
from tests.support.world import GOOD, at_the_gate

TOKEN = "a-token-of-more-than-twenty-letters"
FLAGS = {"SIGNOFF_PAYLOAD_KEYS": key("main"), "SIGNOFF_CODEC_TOKEN": TOKEN}
WORD = "QUINCE"


async def use_codec_server(tab: Page, url: str) -> None:
    """As a person does it in the UI's dialog."""
    await tab.get_by_test_id("data-encoder-status").click()
    dialog = tab.get_by_role("dialog").filter(has=tab.get_by_test_id("data-encoder-title"))
    await dialog.get_by_text("Use my browser setting").click()
    await dialog.get_by_role("textbox").first.fill(url)
    await dialog.get_by_text("Include cross-origin credentials").click()
    await dialog.get_by_test_id("confirm-modal-button").click()


@needs_chromium
async def test_the_temporal_ui_reads_an_encrypted_run_for_who_has_signed_in(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path
) -> None:
    settings, ui = sealed_settings(tmp_path, **FLAGS), ui_url(env)
    async with (
        codec_server(settings, [ui]) as url,
        make_world(GOOD, sealed_client(env, settings), **FLAGS) as world,
        page() as tab,
    ):
        handle = await at_the_gate(world, {"lead_id": "lead-007", "by": WORD})
        run = f"{ui}/namespaces/default/workflows/{quote(handle.id, safe='')}"
        await tab.goto(run)
        await use_codec_server(tab, url)
        async with tab.expect_response(lambda answer: answer.url.startswith(f"{url}/decode")) as refused:
            await tab.reload()
        assert (await refused.value).status == 401
        await tab.goto(f"{url}/login")
        await tab.get_by_label("Token").fill(TOKEN)
        await tab.get_by_role("button", name="Sign in").click()
        await expect(tab.get_by_role("status")).to_contain_text("You are signed in")
        await tab.goto(run)
        await expect(tab.get_by_text(WORD).first).to_be_visible()
        await expect(tab.get_by_text("Draft the mail to").first).to_be_visible()
