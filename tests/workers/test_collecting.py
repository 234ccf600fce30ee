"""Conversations go when the server has forgotten their run, and no sooner; what is missing before that is named."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from temporalio.testing import WorkflowEnvironment

from activities.stores.database import Database
from activities.stores.tables import TRANSCRIPTS
from activities.transcripts import Transcripts
from contracts.llm import Message
from contracts.transcript import Head, Opening, Said
from starters.doctor import examine
from starters.finding import Finding
from workers.collecting import collect_conversations

FIRST = (Message(role="system", content="Seek."),)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of a database."""
    return f"sqlite:///{tmp_path}/signoff.db"


async def talked(url: str, owner: str, days_ago: int = 0) -> Head:
    """A conversation of three messages, one of them in a row of its own."""
    database = Database(url)
    store = Transcripts(database)
    opening = Opening(owner=owner, process="quest", prompt="p", variables={}, contract="c", facts=None)
    head = await store.open(opening, "v", FIRST)
    ref, _ = await store.keep(head, "dust")
    began = datetime.now(UTC) - timedelta(days=days_ago)
    older = update(TRANSCRIPTS).where(TRANSCRIPTS.c.owner == owner).values(opened_at=began)
    await database.run(lambda connection: connection.execute(older))
    head = await store.append(head, [Said(ref=ref)], "Nothing.")
    database.close()
    return head


async def text_of(url: str, head: Head) -> str:
    """What a worker reads."""
    database = Database(url)
    try:
        return " ".join(message.content for message in (await Transcripts(database).read(head)).messages)
    finally:
        database.close()


async def seen(env: WorkflowEnvironment, url: str) -> Finding:
    """What `signoff doctor` says of conversations."""
    return {one.about: one for one in await examine(env.client, url)}["conversations"]


async def test_what_a_run_of_the_server_has_is_kept_however_old(env: WorkflowEnvironment, url: str) -> None:
    handle = await env.client.start_workflow("Nobody", id=f"talks-{uuid.uuid4()}", task_queue="nobody")
    head = await talked(url, handle.id, days_ago=400)
    assert await collect_conversations(env.client, url) == 0
    assert await text_of(url, head) == "Seek. dust Nothing."
    await handle.terminate()


async def test_what_the_server_has_forgotten_goes_past_retention_alone(env: WorkflowEnvironment, url: str) -> None:
    young = await talked(url, "gone/young")
    await talked(url, "gone/old", days_ago=400)
    assert "1 of no run" in (await seen(env, url)).text
    assert await collect_conversations(env.client, url) == 3
    assert await text_of(url, young) == "Seek. dust Nothing."
    assert (await seen(env, url)).text == "1 of 3 messages"


async def test_a_message_that_is_missing_is_named(env: WorkflowEnvironment, url: str) -> None:
    head = await talked(url, "gone/young")
    assert (await seen(env, url)).advice is None
    database = Database(url)
    lost = delete(TRANSCRIPTS).where(TRANSCRIPTS.c.body.contains("dust"))
    await database.run(lambda connection: connection.execute(lost))
    database.close()
    found = await seen(env, url)
    assert found.advice
    assert "1 messages missing" in found.advice
    assert found.advice.endswith("restore the table transcripts of the database")
    with pytest.raises(Exception, match="is missing: restore"):
        await text_of(url, head)


async def test_without_a_database_there_is_nothing_to_say(env: WorkflowEnvironment, url: str, tmp_path: Path) -> None:
    assert (await seen(env, url)).text == "none are kept"
    assert os.listdir(tmp_path) == []
