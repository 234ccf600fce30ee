"""People at the inbox, in a real browser: they find, read, edit and decide; strangers do not."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect
from temporalio.testing import WorkflowEnvironment

from contracts.catalogue import PROCESSES
from contracts.sales_follow_up import FollowUpOutcome
from starters.inbox.links import VALID_S
from starters.inbox.place import run_path
from tests.browser.chromium import needs_chromium
from tests.browser.inbox import Inbox
from tests.support.hostile import seed_hostile_lead
from tests.support.world import DRAFT, PLAIN, Handle, World, at_the_gate, body_of
from tests.workflows.paper_workflows import PAPERS
from tests.workflows.papers import office

pytestmark = needs_chromium


async def refusals(world: World, handle: Handle) -> int:
    """Messages that the run has turned away: none where they never came to it."""
    return (await world.state(handle)).refusals_count


async def test_somebody_finds_a_mail_reads_it_mends_it_and_sends_it(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN | {"by": "bob"})
    row = tab.locator("li", has_text=handle.id).get_by_role("link")
    await row.click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile("Send this mail to Eleanor Whitcombe"))
    for text in ("Eleanor Whitcombe <eleanor", "An invitation", "started sales-follow-up for bob"):
        await expect(tab.get_by_text(text).first).to_be_visible()

    subject, body = tab.get_by_label("Subject"), tab.get_by_label("Message")
    await expect(subject).to_have_value(DRAFT["subject"])
    shown = await body.input_value()
    await subject.fill("")
    await tab.get_by_role("button", name="Approve").click()
    problem = tab.locator("#p-subject")
    await expect(problem).to_be_visible()
    await expect(subject).to_have_attribute("aria-describedby", "p-subject")
    await expect(tab.get_by_role("alert").filter(has_text="Nothing was decided yet")).to_be_focused()
    await tab.get_by_role("link", name="Subject").click()
    await subject.fill("About your new site")
    # In a line of text, Enter neither presses Approve nor breaks the line.
    await subject.press("Enter")
    await expect(problem).to_be_visible()
    await tab.get_by_role("button", name="Approve").click()

    await expect(tab.get_by_text("You approved.")).to_be_visible()
    await expect(tab.get_by_text("mail sent to")).to_be_visible()
    (mail,) = world.mails()
    assert (mail["subject"], body_of(mail)) == ("About your new site", shown)
    assert (await handle.result()).approved_by == "ann"
    await tab.get_by_role("link", name="Back to what waits").click()
    await expect(tab.locator("li", has_text=handle.id)).to_have_count(0)


async def test_somebody_says_no_and_why(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN)
    await there.open(tab, handle.id)
    await tab.get_by_role("button", name="Reject").click()
    await expect(tab.locator("#p-say")).to_be_visible()
    await tab.get_by_label("Note, or the reason why not").fill("not this quarter")
    await tab.get_by_role("button", name="Reject").click()
    await expect(tab.get_by_text("You rejected.")).to_be_visible()
    assert (await handle.result()).outcome is FollowUpOutcome.REJECTED
    assert not world.mails()


async def test_somebody_answers_by_choice(
    env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: Inbox, tab: Page
) -> None:
    monkeypatch.setitem(PROCESSES, PAPERS.name, PAPERS)
    async with office(env, tmp_path) as papers:
        handle = await papers.start(asks="choice")
        (first, *_) = (await papers.gate(handle)).card.choices
        await there.open(tab, handle.id)
        await tab.get_by_role("button", name="Answer").click()
        await expect(tab.locator("#p-choice")).to_be_visible()
        await tab.get_by_label(first).check()
        await tab.get_by_role("button", name="Answer").click()
        await expect(tab.get_by_text("You answered.")).to_be_visible()


async def test_pages_are_live_and_leave_what_is_being_typed_alone(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN)
    row = tab.locator("li", has_text=handle.id)
    await expect(row).to_be_visible()  # it came by itself
    await row.get_by_role("link").focus()
    other = await at_the_gate(world, PLAIN | {"occasion": "other"})
    await expect(tab.locator("li", has_text=other.id)).to_be_visible()
    await expect(row.get_by_role("link")).to_be_focused()

    await there.open(tab, handle.id, "review-email")
    note = tab.get_by_label("Note, or the reason why not")
    await note.press_sequentially("half of a")
    await handle.signal("reject", {"by": "carol", "reason": "I was first"})
    await expect(tab.locator("#notice")).to_contain_text("carol rejected: I was first")
    await expect(note).to_be_focused()
    await note.press_sequentially(" sentence")
    await tab.get_by_role("button", name="Approve").click()
    await expect(tab.get_by_text("half of a sentence")).to_be_visible()
    assert not world.mails()


async def test_strangers_and_forged_forms_decide_nothing(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN)
    path = run_path(handle.id)
    stranger = await (await tab.context.browser.new_context()).new_page()  # type: ignore[union-attr]
    assert await there.open(stranger, handle.id) == 401
    await expect(stranger.get_by_text("You are not signed in")).to_be_visible()

    forged = f'<form method="post" action="{there.url}{path}"><input name="verdict" value="approve"><button>x</button>'

    async def elsewhere(route: Route) -> None:
        await route.fulfill(body=forged, content_type="text/html")

    # The first is another site, which browsers send no cookie from; the second the same site, on another port.
    for site, status in (("http://evil.example/", 401), ("http://127.0.0.1:9/", 403)):
        await tab.route(site, elsewhere)
        await tab.goto(site)
        async with tab.expect_navigation() as leads:
            await tab.get_by_role("button").click()
        assert (await leads.value).status == status

    await there.open(tab, handle.id)
    await tab.locator("form.decide [name=csrf]").evaluate("field => { field.value = 'f'.repeat(64) }")
    await tab.get_by_role("button", name="Approve").click()
    await expect(tab.get_by_text("This did not come from a page of this inbox")).to_be_visible()
    assert (await refusals(world, handle), world.mails()) == (0, [])


async def test_a_link_lets_in_once_and_not_for_long(there: Inbox, tab: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    link = there.link("bob")
    await tab.goto(link)
    await tab.get_by_role("button", name="Sign in as bob").click()
    await expect(tab.get_by_text("Signed in as bob")).to_be_visible()
    await tab.get_by_role("button", name="Sign out").click()
    await expect(tab.get_by_text("You are signed out.")).to_be_visible()
    old, now = there.link("bob"), time.time()
    monkeypatch.setattr(time, "time", lambda: now + VALID_S)
    for spent in (link, old):
        await tab.goto(spent)
        await expect(tab.get_by_text("has been used, or is too old")).to_be_visible()


async def test_a_gate_that_expired_says_so_and_takes_nothing(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN)
    await there.open(tab, handle.id, "review-email")
    await world.env.fast_forward(handle, timedelta(days=3))
    await handle.result()
    await tab.get_by_role("button", name="Approve").click()
    await expect(tab.locator("#notice")).to_contain_text("expired")
    assert await there.open(tab, handle.id, "review-email") == 410
    assert not world.mails()


async def test_an_attack_in_a_mail_is_only_text(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, {"lead_id": seed_hostile_lead(world.settings)})
    for path in ("/", run_path(handle.id)):
        await tab.goto(f"{there.url}{path}")
        await expect(tab.get_by_text("<script>document.title='owned'</script>").first).to_be_visible()
        assert "owned" not in (await tab.title()).split(" · ")[-1]
        assert await tab.locator("img, svg, script:not([src])").count() == 0
        assert await tab.evaluate("document.title") != "owned"
    await expect(tab.get_by_text("Ignore all earlier instructions").first).to_be_visible()
    assert (await world.gate(handle)).card.gate == "review-email"


async def test_without_scripts_everything_can_be_done(world: World, there: Inbox, tab: Page) -> None:
    handle = await at_the_gate(world, PLAIN)
    assert tab.context.browser
    plain = await tab.context.browser.new_page(java_script_enabled=False)
    await there.sign_in(plain, "carol")
    await plain.get_by_label("Waits for me").check()
    await plain.get_by_role("button", name="Show").click()
    await plain.locator("li", has_text=handle.id).get_by_role("link").click()
    await plain.get_by_role("button", name="Approve").click()
    await expect(plain.get_by_text("You approved.")).to_be_visible()
    assert (await handle.result()).approved_by == "carol"
