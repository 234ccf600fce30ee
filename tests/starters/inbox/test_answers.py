"""Questions, and subjects that are no mails."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.catalogue import PROCESSES
from tests.starters.inbox.visits import Visitor
from tests.workflows.paper_workflows import PAPERS
from tests.workflows.papers import Office, office


@pytest.fixture
async def papers(env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """A process that asks questions, known to the inbox."""
    monkeypatch.setitem(PROCESSES, PAPERS.name, PAPERS)
    async with office(env, tmp_path) as made:
        yield made


async def test_an_answer_is_given_by_choice(papers: Office, ann: Visitor) -> None:
    handle = await papers.start(asks="choice")
    asked = (await papers.gate(handle)).card
    page = await ann.open(handle.id)
    assert page.form.buttons == ["answer"]
    assert all(choice in page.text for choice in asked.choices)
    nothing = await ann.decide(page, "answer")
    assert (nothing.status, 'id="p-choice"' in nothing.html) == (422, True)
    done = await ann.decide(nothing, "answer", choice="2")
    assert "You answered." in done.text
    await ann.decide(await ann.open(handle.id, "sign"), "approve")
    result = await handle.result()
    assert (result.answer, result.answered_by) == (asked.choices[1], "ann")


async def test_an_answer_in_words_is_kept_when_it_does_not_fit(papers: Office, ann: Visitor) -> None:
    handle = await papers.start(asks="date")
    await papers.gate(handle)
    page = await ann.open(handle.id)
    empty = await ann.decide(page, "answer")
    assert (empty.status, "write an answer" in empty.text) == (422, True)
    wrong = await ann.decide(empty, "answer", say="some day")
    assert (wrong.status in (409, 422), wrong.form.fields["say"]) == (True, "some day")
    right = await ann.decide(wrong, "answer", say="2027-01-31")
    assert "You answered." in right.text


async def test_anything_but_a_mail_is_a_report_of_its_fields(papers: Office, ann: Visitor) -> None:
    handle = await papers.start()
    await papers.gate(handle)
    page = await ann.open(handle.id)
    assert (page.form.fields["edit.title"], "edit.body" in page.form.fields) == ("A law", False)
    assert "Nobody signs twice." in page.text
    long = await ann.decide(page, "approve", edit__title="x" * 41)
    assert (long.status, 'id="p-title"' in long.html) == (422, True)
