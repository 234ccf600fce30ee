"""Thirty marked words go through real runs with keys set; then all that is kept anywhere is searched for them."""

import io
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.stores.database import Database
from runtime.client import connect
from runtime.settings import load_settings
from runtime.telemetry import telemetry_plugins
from starters.chain import read_chain
from tests.conftest import MakeWorld
from tests.privacy import planted
from tests.privacy.planted import MARKS, m
from tests.support.runs import gate_of
from tests.support.sealed import key
from tests.support.server import address
from tests.support.waiting import eventually
from tests.support.world import World, mail_sink
from workers.sealing import keep_content_out_of_logs

OF_RECORD = {"leads", "tickets"}
"""The tables of the CRM and the help desk."""


def marks_in(data: bytes) -> list[str]:
    """The places whose marks are in it."""
    return [place for place, mark in MARKS.items() if mark.encode() in data]


@contextmanager
def logs(client: Client) -> Iterator[io.StringIO]:
    """What a worker's log would hold."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    logging.getLogger().addHandler(handler)
    keep_content_out_of_logs(client)
    try:
        yield text
    finally:
        logging.getLogger().removeHandler(handler)
        for other in logging.getLogger().handlers:
            other.filters.clear()


@asynccontextmanager
async def planted_world(
    make_world: MakeWorld, client: Client, folder: Path, flags: dict[str, str]
) -> AsyncIterator[World]:
    """A world in which everybody says a marked word, and no mail is taken."""
    script = {**planted.follow_up_script(), **planted.ticket_script()}
    async with (
        mail_sink(folder / "mail", cast(Any, planted.Refusing())) as smtp,
        make_world(script, client, **flags, SIGNOFF_SMTP_URL=smtp) as world,
    ):
        database = Database(world.settings.database_url)
        database.transact(planted.plant_lead)
        database.transact(planted.plant_ticket)
        database.close()
        yield world


async def begun(
    world: World, process: str, workflow: str, request: dict[str, Any], nth: int
) -> WorkflowHandle[Any, Any]:
    """A run that was started, whose clock stands still while nothing happens."""
    key = next(iter(request.values()))
    run_id = f"{process}/{key}/{world.settings.state.parent.name}-{nth}"
    return await world.begin(workflow, request, key, object, run_id)


async def all_runs(world: World) -> list[WorkflowHandle[Any, Any]]:
    """Each of them to its end, or to where nothing more is said."""

    async def follow_up(nth: int) -> WorkflowHandle[Any, Any]:
        return await begun(
            world,
            "sales-follow-up",
            "SalesFollowUp",
            {"lead_id": planted.LEAD, "by": m("requester"), "occasion": f"no-{nth}"},
            nth,
        )

    sent, edited, rejected, stopped = [await follow_up(nth) for nth in range(4)]
    for handle in (sent, edited, rejected, stopped):
        await gate_of(handle)
    await sent.signal("approve", {"by": "ann", "bogus": m("refused message")})
    await sent.signal("approve", ["not", m("unreadable signal")])
    await sent.signal("approve", {"by": "ann", "note": m("note of an approval")})
    edit = {"subject": m("edited subject"), "body": f"Hello, {m('edited body')}."}
    await edited.execute_update(
        "decide", {"verdict": "approve", "by": "ann", "edit": edit, "note": m("note of an update")}
    )
    await rejected.signal("reject", {"by": "ann", "reason": m("reason of a no")})
    await stopped.signal("stop", {"by": "ann", "reason": m("reason of a stop")})
    ticket = await begun(world, "troubleshooting", "Troubleshooting", {"ticket_id": planted.TICKET}, 4)
    for place in ("answer of the customer", "answer of a person"):
        gate = (await gate_of(ticket)).card.gate
        answer = {"verdict": "answer", "by": "bo", "gate": gate, "text": f"It is {m(place)}"}
        await ticket.execute_update("decide", answer)

    ticket_over = await ticket.result()
    assert ticket_over
    brief = {
        "brief_id": "b-1",
        "topic": "a party",
        "brief": f"Say {m('brief')}.",
        "to": {"name": "Ann", "email": "ann@x.example"},
        "sender": {"name": "Pat", "email": "pat@x.example"},
    }
    draft = await begun(world, "best-draft", "BestDraft", brief, 5)
    await draft.signal("stop", {"by": "ann", "reason": "enough"})
    for handle in (sent, edited, rejected, stopped, draft):
        await ended(handle)
    return [sent, edited, rejected, stopped, ticket, draft]


async def ended(handle: WorkflowHandle[Any, Any]) -> None:
    async def is_over() -> bool:
        return (await handle.describe()).close_time is not None

    await eventually(is_over, f"the end of {handle.id}")


async def server_holds(env: WorkflowEnvironment, handle: WorkflowHandle[Any, Any]) -> bytes:
    """Histories, descriptions, and lists, as they come from the server: nothing is decrypted."""
    there = env.client.get_workflow_handle(handle.id)
    events = [event.SerializeToString() async for event in there.fetch_history_events()]
    described = (await there.describe()).raw_description.SerializeToString()
    return b"".join([*events, described])


async def decrypted(client: Client, handle: WorkflowHandle[Any, Any]) -> bytes:
    """A run's history, for who has the keys."""
    chain = await read_chain(client, client.get_workflow_handle(handle.id, run_id=handle.result_run_id))
    return b"".join(event.SerializeToString() for event in chain.events)


def stores_hold(folder: Path) -> dict[str, bytes]:
    """Files by their names, but for mails and the model's script; of the database what is of no system of record."""
    held = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "script.json" and "mail" not in path.parts and "signoff.db" not in path.name:
            held[str(path.relative_to(folder))] = path.read_bytes()
    with sqlite3.connect(folder / ".signoff" / "signoff.db") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(tables) - OF_RECORD):
            held[f"table {table}"] = repr(database.execute(f"SELECT * FROM {table}").fetchall()).encode()
    return held


@pytest.mark.parametrize("keys", [key("main"), ""], ids=["with keys", "without"])
async def test_thirty_marked_words_are_nowhere_but_in_the_systems_of_record_once_keys_are_set(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path, capfd: pytest.CaptureFixture[str], keys: str
) -> None:
    assert len(set(MARKS.values())) == 30
    blobs = {"SIGNOFF_BLOBS": f"file:{tmp_path}/blobs", "SIGNOFF_BLOBS_ABOVE": "1024"}
    flags = {"SIGNOFF_PAYLOAD_KEYS": keys, **blobs}
    settings = load_settings({**flags, "TEMPORAL_ADDRESS": address(env)}, tmp_path)
    exporter = InMemorySpanExporter()
    client = await connect(settings, plugins=telemetry_plugins(settings, exporter))
    with logs(client) as log:
        async with planted_world(make_world, client, tmp_path, flags) as world:
            runs = await all_runs(world)
            said = b"".join([await decrypted(client, run) for run in runs])
            held = stores_hold(tmp_path)
            held["server"] = b"".join([await server_holds(env, run) for run in runs])
    held["traces"] = "".join(span.to_json() for span in exporter.get_finished_spans()).encode()
    held["log"] = log.getvalue().encode()
    held["stdout and stderr"] = "".join(capfd.readouterr()).encode()
    # Everything was said, and who has the key reads it.
    assert sorted(marks_in(said)) == sorted(MARKS)
    found = {name: places for name, data in held.items() if (places := marks_in(data))}
    if keys:
        assert found == {}
        assert b"ToolFailed" in held["log"]
        assert b"exception.type" in held["traces"]
        assert any(name.startswith("blobs/content/") for name in held)
    else:
        assert {"server", "traces", "log", "table transcripts", "table effects"} <= set(found)
        assert any(name.startswith("blobs/content/") for name in found)
