"""Erasing a subject: nobody reads what was about it any more, and everybody reads who decided what."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from activities.stores.crm import find_lead, put_leads
from activities.stores.database import Database
from activities.stores.entries import find_entry
from runtime.blobs.opened import open_driver
from runtime.codec import data_converter
from runtime.sealing import vault as sealing
from runtime.sealing.opened import open_vault
from starters.chain import read_chain
from starters.cli.auditing import audit
from starters.cli.erasing import erase
from starters.cli.parser import build_parser
from starters.cli.showing import show
from starters.cli.watching import watch
from starters.failures import BAD_INPUT, REFUSED, Failure
from tests.conftest import MakeWorld
from tests.support.sealed import key, sealed_client, sealed_settings
from tests.support.server import address
from tests.support.world import DRAFT, GOOD, Handle, World, at_the_gate

KEYS = {"SIGNOFF_PAYLOAD_KEYS": key("main")}
WORDS = DRAFT["subject"].encode()


@pytest.fixture
def client(env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """With keys; commands find the same settings. What others have in memory is old at once."""
    monkeypatch.setattr(sealing, "STALE_S", 0.0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEMPORAL_ADDRESS", address(env))
    monkeypatch.setenv("SIGNOFF_PAYLOAD_KEYS", key("main"))
    return sealed_client(env, sealed_settings(tmp_path))


def has_leads(world: World, *ids: str) -> None:
    """Leads that no other test's runs are about: a subject is looked for on the whole server."""

    def put(connection: Connection) -> None:
        usual = find_lead(connection, "lead-007")
        assert usual
        put_leads(connection, [usual.model_copy(update={"lead_id": one}) for one in ids])

    database = Database(world.settings.database_url)
    database.transact(put)
    database.close()


async def run_about(world: World, lead: str, nth: str, run_id: str | None = None) -> Handle:
    """A run that has ended with a mail, or is at its gate."""
    name = run_id or f"sales-follow-up/{lead}/{world.settings.state.parent.name}-{nth}"
    return await at_the_gate(world, {"lead_id": lead, "occasion": nth}, name)


async def sent(world: World, handle: Handle) -> None:
    await handle.signal("approve", {"by": "ann", "note": f"as agreed: {DRAFT['subject']}"})
    await world.past_working_hours(handle)
    await handle.result()


async def history(client: Client, handle: Handle) -> bytes:
    newest = await handle.describe()
    chain = await read_chain(client, client.get_workflow_handle(handle.id, run_id=newest.run_id))
    return b"".join(event.SerializeToString() for event in chain.events)


async def command(capsys: pytest.CaptureFixture[str], function: Any, *argv: str) -> tuple[int, str]:
    """The exit code, and what it says."""
    code = await function(build_parser().parse_args(argv))
    return code, capsys.readouterr().out


async def test_erasing_one_subject_leaves_its_decisions_and_everybody_else(
    make_world: MakeWorld, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with make_world(GOOD, client, **KEYS) as world:
        has_leads(world, "erased-mine", "erased-other")
        mine, chosen, other = [
            await run_about(world, "erased-mine", "a"),
            await run_about(world, "erased-mine", "b", f"chosen-{tmp_path.name}"),
            await run_about(world, "erased-other", "a"),
        ]
        for handle in (mine, chosen, other):
            await sent(world, handle)
        told = (await command(capsys, show, "show", mine.id, "--full", "--json"))[1]
        assert DRAFT["subject"] in told
        code, said = await command(
            capsys, erase, "erase", "--subject", "erased-mine", "--by", "dana", "--yes", "--json"
        )
        done = json.loads(said)
        assert (code, done["subject"], done["by"], done["left"]) == (0, "erased-mine", "dana", [])
        assert {mine.id, chosen.id} <= set(done["runs"])
        assert other.id not in done["runs"]
        assert done["keys"] >= 2
        for handle in (mine, chosen):
            assert WORDS not in await history(client, handle)
            code, said = await command(capsys, show, "show", handle.id, "--full", "--json")
            kept = json.loads(said)
            assert DRAFT["subject"] not in said
            was = json.loads(told)
            if handle is mine:
                names = ("step", "by", "who", "outcome", "model", "prompt_version", "input_tokens", "cost_usd")
                assert [[one[n] for n in names] for one in kept["decisions"]] == [
                    [one[n] for n in names] for one in was["decisions"]
                ]
            approved = next(one for one in kept["decisions"] if one["who"] == "ann")
            assert (approved["outcome"], approved["note"], kept["result"]["outcome"]) == (
                "approved",
                "(erased)",
                "sent",
            )
            assert [one["state"] for one in kept["effects"]] == ["done", "done"]
            assert "(erased)" in (await command(capsys, show, "show", handle.id))[1]
            assert (await command(capsys, watch, "watch", handle.id))[0] == 0
            with pytest.raises(Failure, match="cannot be proven: what its approvers saw was erased"):
                await command(capsys, audit, "audit", handle.id)
        assert WORDS in await history(client, other)
        again = json.loads((await command(capsys, erase, "erase", "--subject", "erased-mine", "--yes", "--json"))[1])
        assert again["keys"] == 0
        assert DRAFT["subject"] not in (await command(capsys, show, "show", mine.id, "--full"))[1]
        await and_what_was_sent_is_not_sent_again(world, mine.id, capsys)


async def and_what_was_sent_is_not_sent_again(world: World, erased: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same action under another id finds the effect, whose result nobody can read."""
    mails = len(world.mails())
    database = Database(world.settings.database_url, open_vault(world.settings))
    entry = database.transact(lambda connection: find_entry(connection, "sales-follow-up/erased-mine/a/send-email"))
    database.close()
    assert entry
    assert (entry.state, entry.presumed, entry.receipt) == ("done", "(erased)", "(erased)")
    anew = await run_about(world, "erased-mine", "a", f"{erased}-again")
    await anew.signal("approve", {"by": "ann"})
    with pytest.raises(Exception, match="Workflow execution failed"):
        await anew.result()
    assert len(world.mails()) == mails
    assert "was done before" in (await command(capsys, show, "show", anew.id))[1]


async def test_an_open_run_keeps_its_subject_from_being_erased(
    make_world: MakeWorld, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    async with make_world(GOOD, client, **KEYS) as world:
        has_leads(world, "erased-open")
        handle = await run_about(world, "erased-open", "open")
        with pytest.raises(Failure, match=f"{handle.id} is still open: end it first") as refused:
            await command(capsys, erase, "erase", "--subject", "erased-open", "--yes")
        assert refused.value.code == REFUSED
        await sent(world, handle)
        code, _ = await command(capsys, erase, "erase", "--subject", "erased-open", "--yes")
        assert code == 0


async def test_what_was_never_encrypted_is_named(
    make_world: MakeWorld, client: Client, env: WorkflowEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    async with make_world(GOOD, client, **KEYS) as world:
        has_leads(world, "erased-plain")
        handle = await run_about(world, "erased-plain", "plain")
        in_the_clear = env.client.get_workflow_handle(handle.id)
        await in_the_clear.signal("reject", {"by": "ann", "reason": "said past Signoff"})
        await handle.result()
        code, said = await command(capsys, erase, "erase", "--subject", "erased-plain", "--yes", "--json")
        assert code == REFUSED
        assert json.loads(said)["left"] == [{"workflow_id": handle.id, "payloads": 1}]


async def test_erasing_needs_keys_a_subject_that_is_there_and_a_yes(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Failure, match="nothing is kept about nobody-1; a subject is a run's business key") as refused:
        await command(capsys, erase, "erase", "--subject", "nobody-1", "--yes")
    assert refused.value.code == REFUSED
    monkeypatch.delenv("SIGNOFF_PAYLOAD_KEYS")
    with pytest.raises(Failure, match="SIGNOFF_PAYLOAD_KEYS is not set") as unset:
        await command(capsys, erase, "erase", "--subject", "nobody-1", "--yes")
    assert unset.value.code == BAD_INPUT


def test_a_converter_without_a_vault_is_as_before(tmp_path: Path) -> None:
    settings = sealed_settings(tmp_path, SIGNOFF_PAYLOAD_KEYS="")
    assert data_converter(open_driver(settings), vault=open_vault(settings)).payload_codec
    assert data_converter().payload_codec is None
