"""The list of what waits: across runs, the oldest first, without a worker."""

from html import escape

import pytest
from temporalio.service import RPCError, RPCStatusCode

from contracts.gates import GateKind
from starters.inbox import waiting
from starters.inbox.listing import MOST, STEP, Filter
from starters.inbox.place import run_path
from tests.starters.inbox.conftest import MakeWaiting
from tests.starters.inbox.visits import Page, Visitor
from tests.starters.inbox.waiters import card
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FRESH_S", 0.0)


async def seen(ann: Visitor, text: str, path: str = "/") -> Page:
    """A page on which the text stands: visibility lags."""

    async def look() -> Page | None:
        page = await ann.get(path)
        assert page.status == 200, page.text
        return page if text in page.text else None

    return await eventually(look, text)


async def test_what_waits_longest_comes_first_with_all_that_a_card_says(
    ann: Visitor, make_waiting: MakeWaiting
) -> None:
    newer = await make_waiting(card(2, question="The newer?"))
    both = (
        card(1, question="Older <b>one</b>?", waits_on=("role:lead", "carol"), needed=2, approved_by=("bob",)),
        card(3, gate="other", kind=GateKind.QUESTION, question="Same run?", signed=True),
    )
    older = await make_waiting(*both)
    await seen(ann, "The newer?")
    page = await seen(ann, "Same run?")
    places = [page.html.index(escape(text)) for text in ("Older <b>one</b>?", "The newer?", "Same run?")]
    assert places == sorted(places)
    assert "<b>one" not in page.html
    assert "lead (role), carol; 2 more approvals needed; approved by bob" in page.text
    assert "2020-01-01 00:01 UTC" in page.text
    assert "signed decisions" in page.text
    for path in (run_path(older.id, "review-email"), run_path(older.id, "other"), run_path(newer.id, "review-email")):
        assert f'href="{path}"' in page.html


async def test_only_what_waits_for_me_if_i_want(ann: Visitor, make_waiting: MakeWaiting) -> None:
    await make_waiting(card(1, question="Carol's?", waits_on=("carol",)))
    await make_waiting(card(2, question="Done by me?", waits_on=("ann", "bob"), approved_by=("ann",)))
    await make_waiting(card(3, question="Mine?", waits_on=("ann",)))
    await make_waiting(card(4, question="Anybody's?"))
    for question in ("Carol's?", "Done by me?", "Mine?", "Anybody's?"):
        await seen(ann, question)
    page = await ann.get("/?mine=1")
    assert [question in page.text for question in ("Carol's?", "Done by me?", "Mine?", "Anybody's?")] == [
        False,
        False,
        True,
        True,
    ]


async def test_more_rows_are_shown_when_asked_for(ann: Visitor, make_waiting: MakeWaiting) -> None:
    await make_waiting(*(card(number) for number in range(STEP + 5)))
    first = await seen(ann, f"Question {STEP - 1}?")
    assert f"Question {STEP}?" not in first.text
    assert "Show more (" in first.text
    more = await ann.get(f"/?show={2 * STEP}")
    assert f"Question {STEP + 4}?" in more.text
    part = await ann.get(f"/waiting?show={2 * STEP}")
    assert ("<html" in part.html, f"Question {STEP + 4}?" in part.text) == (False, True)


async def test_a_page_that_has_the_rows_is_sent_none(ann: Visitor, make_waiting: MakeWaiting) -> None:
    await make_waiting(card(0, question="Still?"))
    page = await seen(ann, "Still?")
    poll = page.html.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")

    async def nothing_new() -> bool:
        nonlocal poll
        answer = await ann.get(poll)
        if answer.status == 204:
            return True
        poll = answer.html.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
        return False

    await eventually(nothing_new, "nothing new")
    await make_waiting(card(1, question="And this?"))
    assert "And this?" in (await seen(ann, "And this?", "/waiting")).text
    assert (await ann.get(poll)).status == 200


async def test_cards_of_another_version_are_listed_as_such(ann: Visitor, make_waiting: MakeWaiting) -> None:
    handle = await make_waiting(card(0).model_copy(update={"gate": 7}))
    page = await seen(ann, handle.id)
    assert "What this run asks cannot be read here" in page.text


async def test_ids_of_any_kind_lead_to_their_runs(ann: Visitor, make_waiting: MakeWaiting) -> None:
    odd = "inbox/a b/c?d=e&f#g%2Fh/<i>/\u202e/ü"
    await make_waiting(card(0, question="Odd?"), workflow_id=odd)
    page = await seen(ann, "Odd?")
    assert escape(odd.replace("\u202e", "[U+202E]")) in page.html
    assert f'href="{run_path(odd, "review-email")}"' in page.html
    run = await ann.open(odd, "review-email")
    assert (run.status, "Odd?" in run.text) == (503, True)


async def test_a_namespace_where_no_worker_ever_was_has_nothing_that_waits(
    ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: str) -> None:
        raise RPCError("invalid query: SignoffPhase is not a search attribute", RPCStatusCode.INVALID_ARGUMENT, b"")

    monkeypatch.setattr(ann.desk.client, "list_workflows", fails)
    assert "Nothing waits." in (await ann.get("/")).text


async def test_a_server_that_is_away_is_named(ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> None:
        raise RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b"")

    monkeypatch.setattr(ann.desk.client, "list_workflows", fails)
    page = await ann.get("/")
    assert (page.status, "does not answer" in page.text) == (503, True)


@pytest.mark.parametrize(
    ("query", "filtered"),
    [
        ({}, Filter()),
        ({"process": "sales-follow-up", "mine": "1", "show": "100"}, Filter("sales-follow-up", True, 100)),
        ({"process": "x' OR 1=1", "mine": "yes", "show": "-5"}, Filter()),
        ({"show": "99999999999999999999"}, Filter()),
        ({"show": "99999"}, Filter(show=MOST)),
        ({"show": "\u0663"}, Filter()),
    ],
)
def test_an_address_that_makes_no_sense_shows_everything(query: dict[str, str], filtered: Filter) -> None:
    assert Filter.of(query) == filtered
