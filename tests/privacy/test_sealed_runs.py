"""Runs whose payloads are encrypted: they replay, go on when keys come or change, and take no harm from forgeries."""

from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory
from temporalio.common import RawValue
from temporalio.converter import DataConverter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from contracts.sales_follow_up import FollowUpOutcome
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from starters.cli.run import run as signoff
from starters.session import find_run, open_cards
from tests.conftest import MakeWorld
from tests.support.sealed import key, sealed_client, sealed_settings
from tests.support.server import address
from tests.support.waiting import eventually
from tests.support.world import GOOD, PLAIN, World, at_the_gate
from workers.catalogue import WORKFLOWS
from workers.interceptors import Guard

KEYS = {"SIGNOFF_PAYLOAD_KEYS": key("main")}


async def replay(history: WorkflowHistory, converter: DataConverter) -> None:
    await Replayer(
        workflows=WORKFLOWS, data_converter=converter, workflow_runner=workflow_runner(), interceptors=[Guard()]
    ).replay_workflow(history)


def client_of(env: WorkflowEnvironment, folder: Path, keys: str) -> Client:
    return sealed_client(env, sealed_settings(folder, SIGNOFF_PAYLOAD_KEYS=keys))


async def test_an_encrypted_history_replays_with_its_key_and_without_it_names_the_key(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path
) -> None:
    client = client_of(env, tmp_path, key("main"))
    async with make_world(GOOD, client, **KEYS) as world:
        handle = await at_the_gate(world, PLAIN)
        assert [card.gate for card in await open_cards(await handle.describe())] == ["review-email"]
        await handle.signal("approve", {"by": "ann"})
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        history = await env.client.get_workflow_handle(handle.id).fetch_history()
    await replay(history, client.data_converter)
    # Its data key is wrapped by a key that is not here.
    with pytest.raises(Exception, match=r"encrypted with the key .*main.*: add that key to SIGNOFF_PAYLOAD_KEYS"):
        await replay(history, client_of(env, tmp_path, key("other", 9)).data_converter)


async def test_a_run_that_began_in_the_clear_goes_on_encrypted_and_replays(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        world.started.clear()
    client = client_of(env, tmp_path, key("main"))
    async with make_world(GOOD, client, **KEYS) as world:
        await decided(world, handle.id)
        history = await env.client.get_workflow_handle(handle.id).fetch_history()
    texts = [event.SerializeToString() for event in history.events]
    assert b"lead-007" in texts[0]
    assert any(b"signoff/sealed" in text for text in texts)
    await replay(history, client.data_converter)
    assert client.data_converter.payload_codec != data_converter().payload_codec


async def test_a_run_goes_on_when_a_key_is_added_before_its_own(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with make_world(GOOD, client_of(env, tmp_path, key("main")), **KEYS) as world:
        handle = await at_the_gate(world, PLAIN)
        world.started.clear()
    keys = f"{key('new', 9)},{key('main')}"
    async with make_world(GOOD, client_of(env, tmp_path, keys), SIGNOFF_PAYLOAD_KEYS=keys) as world:
        await decided(world, handle.id)


async def decided(world: World, workflow_id: str) -> None:
    handle = world.handle(workflow_id)
    await handle.signal("approve", {"by": "ann", "note": "good"})
    await world.past_working_hours(handle)
    assert (await handle.result()).outcome is FollowUpOutcome.SENT
    assert len(world.mails()) == 1


@pytest.mark.parametrize("key_id", [b"main", b"gone", b"subject:0123456789abcdef", b""])
async def test_a_forged_payload_is_refused_and_wedges_nothing(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path, key_id: bytes
) -> None:
    forged = Payload(metadata={"encoding": b"signoff/sealed", "key": key_id}, data=b"x" * 40)
    async with make_world(GOOD, client_of(env, tmp_path, key("main")), **KEYS) as world:
        handle = await at_the_gate(world, PLAIN)
        await env.client.get_workflow_handle(handle.id).signal("approve", RawValue(forged))

        async def refused() -> bool:
            return (await world.state(handle)).refusals_count == 1

        await eventually(refused, "the refusal")
        await handle.signal("reject", {"by": "ann", "reason": "no"})
        assert (await handle.result()).outcome is FollowUpOutcome.REJECTED


async def test_whoever_has_the_key_reads_a_run_with_the_command_line_and_nobody_else(
    make_world: MakeWorld,
    env: WorkflowEnvironment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = client_of(env, tmp_path, key("main"))
    async with make_world(GOOD, client, **KEYS) as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("reject", {"by": "ann", "reason": "QUINCE"})
        await handle.result()
        run = await find_run(client, handle.id)
    assert run.found.close_time
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEMPORAL_ADDRESS", address(env))

    async def shown() -> str:
        from starters.cli.parser import build_parser
        from starters.cli.showing import show

        assert await show(build_parser().parse_args(["show", handle.id, "--json"])) == 0
        return capsys.readouterr().out

    assert "QUINCE" not in await shown()
    monkeypatch.setenv("SIGNOFF_PAYLOAD_KEYS", key("main"))
    assert "QUINCE" in await shown()


def test_a_key_is_made_for_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert signoff(["keys", "payload", "--id", "spring"]) == 0
    (tmp_path / "payload.keys").write_text(capsys.readouterr().out)
    keys = sealed_settings(tmp_path, SIGNOFF_PAYLOAD_KEYS="@payload.keys").payload_keys
    assert keys
    assert keys.first == "spring"
