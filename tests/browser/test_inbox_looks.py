"""The inbox on a phone, by keyboard alone, and in the dark."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import needs_chromium
from tests.browser.inbox import Inbox
from tests.support.world import PLAIN, Handle, World, at_the_gate

pytestmark = needs_chromium

PHONE = {"width": 360, "height": 740}

# WCAG 2.2: contrast of all text that is shown, and of the edges of what can be pressed or typed into.
CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (text) => {
    const linear = (one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = parse(text).map((one) => linear(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (parse(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    if (!node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const says = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (says && ratio(style.color, ground(node)) < 4.5) faint.push(node.outerHTML.slice(0, 80));
    if (node.matches("input:not([type=hidden]), textarea, select") && style.appearance !== "auto"
        && ratio(style.borderTopColor, ground(node.parentElement)) < 3) faint.push(node.outerHTML.slice(0, 80));
  }
  return faint;
}"""

UNNAMED = """() => [...document.querySelectorAll("input:not([type=hidden]), textarea, select, button:not([hidden]), a")]
  .filter((node) => !(node.labels?.length || node.textContent.trim() || node.getAttribute("aria-label")))
  .map((node) => node.outerHTML.slice(0, 80))"""

SMALL = """() => [...document.querySelectorAll("button:not([hidden]), input:not([type=hidden]), textarea, select")]
  .map((node) => node.closest("label.check") || node)
  .filter((node) => node.getBoundingClientRect().height < 43.5)
  .map((node) => node.outerHTML.slice(0, 80))"""


FOCUSED = "node => node.matches('textarea') ? node.name : node.textContent.trim()"


async def pages(there: Inbox, tab: Page, handle: Handle) -> AsyncIterator[str]:
    """The list, a run, and the run with an error; the name of each once it is there."""
    await tab.goto(there.url)
    await expect(tab.locator("li", has_text=handle.id)).to_be_visible()
    yield "list"
    await there.open(tab, handle.id)
    yield "run"
    await tab.get_by_role("button", name="Reject").click()
    await expect(tab.locator("#p-say")).to_be_visible()
    yield "error"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_can_be_read_by_day_and_by_night(world: World, there: Inbox, tab: Page, scheme: Any) -> None:
    handle = await at_the_gate(world, PLAIN)
    await tab.emulate_media(color_scheme=scheme)
    async for name in pages(there, tab, handle):
        assert (name, await tab.evaluate(CONTRAST)) == (name, [])
        assert (name, await tab.evaluate(UNNAMED)) == (name, [])
    ground = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(18, 24, 31)") is (scheme == "dark")


async def test_on_a_phone_there_is_one_column_with_room_for_thumbs(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN)
    await tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    async for name in pages(there, tab, handle):
        width = await tab.evaluate("document.documentElement.scrollWidth")
        assert (name, width) == (name, PHONE["width"])
        assert (name, await tab.evaluate(SMALL)) == (name, [])
    approve = await tab.get_by_role("button", name="Approve").bounding_box()
    assert approve
    assert approve["width"] > 300
    await tab.get_by_label("Note, or the reason why not").fill("no")
    await tab.get_by_role("button", name="Reject").click()
    await expect(tab.get_by_text("You rejected.")).to_be_visible()


async def test_the_keyboard_is_enough(world: World, there: Inbox, tab: Page) -> None:
    first = await at_the_gate(world, PLAIN)
    await tab.goto(there.url)
    row = tab.locator("li", has_text=first.id).get_by_role("link")
    await expect(row).to_be_visible()
    keys = tab.keyboard
    await keys.press("Tab")
    await expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    await keys.press("Enter")
    rows = await tab.locator("a.open").count()
    for _ in range(rows):
        await keys.press("j")
        if await row.evaluate("node => node === document.activeElement"):
            break
    await expect(row).to_be_focused()
    assert await row.evaluate("node => getComputedStyle(node, '::after').outlineStyle") == "solid"
    await keys.press("Enter")
    await expect(tab.get_by_label("Subject")).to_be_visible()

    async def tab_to(name: str) -> None:
        for _ in range(30):
            await keys.press("Tab")
            if await tab.locator(":focus").evaluate(FOCUSED) == name:
                return
        raise AssertionError(f"no way to {name} by Tab")

    await tab_to("edit.subject")
    await keys.press("ControlOrMeta+A")
    await keys.type("Typed, not clicked")
    await tab_to("say")
    await keys.type("by keyboard; j and k are letters here")
    await tab_to("Approve")
    await keys.press("Space")
    await expect(tab.get_by_text("You approved.")).to_be_focused()
    await first.result()
    assert world.mails()[0]["subject"] == "Typed, not clicked"
