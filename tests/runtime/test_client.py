"""A connection, or one line within ten seconds that says why there is none."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime import client as client_module
from runtime.client import NoServer, connect, starter_identity
from runtime.codec import SignoffPayloadConverter
from tests.runtime.conftest import Load

TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"


def address_of(env: WorkflowEnvironment) -> str:
    return env.client.service_client.config.target_host


@asynccontextmanager
async def listener(answer: bytes | None) -> AsyncIterator[str]:
    """A server that answers anything with these bytes and hangs up; None: that never says a word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_a_server_that_answers_is_connected_with_the_sender_s_name(env: WorkflowEnvironment, load: Load) -> None:
    client = await connect(load(TEMPORAL_ADDRESS=address_of(env)), identity=starter_identity())

    assert client.identity.startswith("signoff-cli/")
    assert issubclass(client.data_converter.payload_converter_class, SignoffPayloadConverter)
    handle = await client.start_workflow("Nobody", id=f"sender-{uuid.uuid4()}", task_queue="nobody")
    first = await anext(handle.fetch_history_events())
    assert first.workflow_execution_started_event_attributes.identity == client.identity
    await handle.terminate()


async def test_a_namespace_that_is_not_there_is_named(env: WorkflowEnvironment, load: Load) -> None:
    with pytest.raises(NoServer, match='has no namespace "nowhere": set TEMPORAL_NAMESPACE'):
        await connect(load(TEMPORAL_ADDRESS=address_of(env), TEMPORAL_NAMESPACE="nowhere"))


async def test_tls_is_asked_of_the_server_when_the_settings_say_so(env: WorkflowEnvironment, load: Load) -> None:
    with pytest.raises(NoServer, match="it does not speak TLS"):
        await connect(load(TEMPORAL_ADDRESS=address_of(env), TEMPORAL_API_KEY="sk-secret"))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (TLS_ALERT, "set TEMPORAL_TLS=true?"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "it does not answer as one"),
        (None, "no answer"),
    ],
    ids=["speaks TLS", "a web server", "silent"],
)
async def test_what_is_no_temporal_server_is_called_so(
    load: Load, monkeypatch: pytest.MonkeyPatch, answer: bytes | None, says: str
) -> None:
    monkeypatch.setattr(client_module, "_LIMIT_S", 1.0)
    async with listener(answer) as address:
        with pytest.raises(NoServer) as refused:
            await connect(load(TEMPORAL_ADDRESS=address))

    line = str(refused.value)
    assert line.startswith(f"no Temporal server at {address} (")
    assert says in line
    assert line.endswith('run "signoff up", or set TEMPORAL_ADDRESS')
    assert line.isprintable()


async def test_a_port_where_nobody_listens_is_called_so(load: Load) -> None:
    async with listener(None) as address:
        pass

    with pytest.raises(NoServer, match="nobody listens there"):
        await connect(load(TEMPORAL_ADDRESS=address))


async def test_an_address_that_cannot_be_reached_is_not_taken_for_a_server_that_wants_tls(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*_: object, **__: object) -> Client:
        raise RuntimeError('ConnectError("tcp connect error", 10.255.255.1:7233, Os { code: 113, kind: HostUnreachable')

    monkeypatch.setattr(Client, "connect", unreachable)

    with pytest.raises(NoServer, match="it cannot be reached") as refused:
        await connect(load(TEMPORAL_ADDRESS="10.255.255.1:7233"))
    assert "TLS" not in str(refused.value)


async def test_a_host_that_does_not_exist_is_called_so(load: Load) -> None:
    with pytest.raises(NoServer, match=r"no Temporal server at nowhere\.invalid:7233 \(no such host\)"):
        await connect(load(TEMPORAL_ADDRESS="nowhere.invalid:7233"))


async def test_a_client_key_that_is_no_key_is_called_so(env: WorkflowEnvironment, load: Load) -> None:
    with pytest.raises(NoServer, match="the TLS client key is not PEM"):
        await connect(
            load(
                TEMPORAL_ADDRESS=address_of(env),
                TEMPORAL_TLS_CLIENT_CERT_DATA="junk",
                TEMPORAL_TLS_CLIENT_KEY_DATA="junk",
            )
        )


async def test_a_key_that_the_server_refuses_is_named_and_not_shown(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> Client:
        raise RuntimeError("Failed client connect: `get_system_info` call error: Status { code: Unauthenticated }")

    monkeypatch.setattr(Client, "connect", refuse)

    with pytest.raises(NoServer, match="refuses us: check TEMPORAL_API_KEY") as refused:
        await connect(load(TEMPORAL_API_KEY="sk-secret"))
    assert "sk-secret" not in str(refused.value)


def test_a_user_without_a_name_still_has_an_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)

    assert starter_identity().startswith("signoff-cli/")
