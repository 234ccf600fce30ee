"""The codec server: who is let in, from which pages, and that Temporal's own tools read a run through it."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.testing import WorkflowEnvironment

from runtime.sealing import vault as sealing
from runtime.sealing.codec import vault_of
from runtime.settings import Settings
from starters.cli.decoding import codec
from starters.cli.parser import build_parser
from starters.failures import BAD_INPUT, Failure
from tests.conftest import MakeWorld
from tests.support.codec_server import codec_server
from tests.support.sealed import key, sealed_client, sealed_settings
from tests.support.world import GOOD, at_the_gate
from tests.workflows.test_temporal_cli import done, temporal

TOKEN = "a token of more than twenty letters".replace(" ", "-")
BEARER = {"authorization": f"Bearer {TOKEN}"}
PAGE = "http://127.0.0.1:8233"
WORD = "QUINCE"
FLAGS = {"SIGNOFF_PAYLOAD_KEYS": key("main"), "SIGNOFF_CODEC_TOKEN": TOKEN}


def body(*payloads: Payload) -> dict[str, Any]:
    found: dict[str, Any] = MessageToDict(Payloads(payloads=payloads))
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return sealed_settings(tmp_path, **FLAGS, SIGNOFF_BLOBS=f"file:{tmp_path}/blobs", SIGNOFF_BLOBS_ABOVE="1024")


@pytest.fixture
async def there(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A program's connection to the server; nobody has signed in."""
    async with codec_server(settings, [PAGE]) as url, httpx2.AsyncClient(base_url=url) as program:
        yield program


@pytest.fixture
async def secret(env: WorkflowEnvironment, settings: Settings) -> dict[str, Any]:
    """What a history holds: a small payload, and one that is kept outside."""
    converter = sealed_client(env, settings).data_converter
    return body(*await converter.encode([f"small {WORD}"]), *await converter.encode([f"large {WORD}" * 1000]))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (BEARER, 200),
        ({"authorization": f"bearer {TOKEN}"}, 200),
        ({**BEARER, "origin": PAGE, "x-namespace": "default"}, 200),
        ({}, 401),
        ({"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"authorization": TOKEN}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"cookie": "signoff-codec-1=guessed"}, 401),
        ({"x-forwarded-user": "ann"}, 401),
        ({**BEARER, "origin": "http://evil.example"}, 403),
        ({**BEARER, "origin": "null"}, 403),
        ({**BEARER, "x-namespace": "another"}, 403),
    ],
)
async def test_only_who_shows_the_token_is_answered(
    there: httpx2.AsyncClient, secret: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    answer = await there.post("/decode", json=secret, headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert WORD not in answer.text
        return
    small, large = (Payload(data=part.data).data for part in _payloads(answer.json()))
    assert json.loads(small) == f"small {WORD}"
    assert json.loads(large) == f"large {WORD}" * 1000


async def test_what_is_encoded_decodes(there: httpx2.AsyncClient) -> None:
    plain = body(Payload(metadata={"encoding": b"json/plain"}, data=b'{"by": "ann"}'))
    encoded = (await there.post("/encode", json=plain, headers=BEARER)).json()
    assert encoded != plain
    assert (await there.post("/decode", json=encoded, headers=BEARER)).json() == plain
    assert (await there.post("/decode", json=plain, headers=BEARER)).json() == plain


async def test_pages_of_the_configured_origins_and_no_others_are_told_that_they_may_ask(
    there: httpx2.AsyncClient,
) -> None:
    asks = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-namespace,authorization",
    }
    allowed = await there.options("/decode", headers={"origin": PAGE, **asks})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert allowed.headers["access-control-allow-credentials"] == "true"
    told = {one.strip() for one in allowed.headers["access-control-allow-headers"].lower().split(",")}
    assert {"content-type", "x-namespace", "authorization"} <= told
    other = await there.options("/decode", headers={"origin": "http://evil.example", **asks})
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers


async def test_a_browser_signs_in_once_with_the_token(there: httpx2.AsyncClient, secret: dict[str, Any]) -> None:
    assert "password" in (await there.get("/login")).text
    assert (await there.post("/login", data={"token": "guessed"})).status_code == 401
    assert (await there.post("/decode", json=secret)).status_code == 401
    signed_in = await there.post("/login", data={"token": TOKEN})
    assert signed_in.status_code == 200
    cookie = signed_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert (await there.post("/decode", json=secret, headers={"origin": PAGE})).status_code == 200


async def test_a_proxy_that_is_trusted_says_who_it_is(tmp_path: Path, secret: dict[str, Any]) -> None:
    auth = "header:X-Forwarded-User"
    behind = sealed_settings(tmp_path, SIGNOFF_INBOX_AUTH=auth, SIGNOFF_BLOBS=f"file:{tmp_path}/blobs")
    async with codec_server(behind, [PAGE]) as url, httpx2.AsyncClient(base_url=url) as program:
        assert (await program.post("/decode", json=secret, headers={"x-forwarded-user": "ann"})).status_code == 200
        assert (await program.post("/decode", json=secret)).status_code == 401
        assert (await program.post("/login", data={"token": ""})).status_code == 401


@pytest.mark.parametrize("sent", [b"", b"{", b"7", b'{"payloads": 1}', b"\xff"])
async def test_what_is_no_list_of_payloads_is_refused(there: httpx2.AsyncClient, sent: bytes) -> None:
    answer = await there.post("/decode", content=sent, headers=BEARER)
    assert (answer.status_code, answer.text.count("\n")) == (400, 1)


async def test_what_cannot_be_read_says_why_in_its_place(
    there: httpx2.AsyncClient, env: WorkflowEnvironment, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "STALE_S", 0.0)
    converter = sealed_client(env, settings).data_converter
    vault = vault_of(converter)
    assert vault
    sealed = vault.seal("ada", b"", "")
    vault.subjects.mark("ada", "ann")
    vault.subjects.shred("ada")
    gone = Payload(metadata={"encoding": b"signoff/sealed", "key": sealed.key.encode()}, data=sealed.data)
    other = Payload(metadata={"encoding": b"signoff/sealed", "key": b"gone"}, data=b"x" * 30)
    answer = await there.post("/decode", json=body(gone, other), headers=BEARER)
    erased, missing = (json.loads(part.data) for part in _payloads(answer.json()))
    assert erased.startswith("(erased): a payload was erased on ")
    assert 'encrypted with the key "gone"' in missing


async def test_the_temporal_command_reads_a_run_through_it(
    make_world: MakeWorld, env: WorkflowEnvironment, settings: Settings
) -> None:
    async with (
        codec_server(settings, [PAGE]) as url,
        make_world(GOOD, sealed_client(env, settings), **FLAGS) as world,
    ):
        handle = await at_the_gate(world, {"lead_id": "lead-007", "by": WORD})
        show = ("workflow", "show", "--workflow-id", handle.id, "--output", "json", "--codec-endpoint", url)
        assert WORD.encode() not in _input(await done(env, *show[:-2]))
        assert WORD.encode() in _input(await done(env, *show, "--codec-auth", f"Bearer {TOKEN}"))
        # A server that refuses it is asked again and again.
        code, said = await temporal(env, *show, "--command-timeout", "1s")
        assert (code, WORD in said) == (1, False)


@pytest.mark.parametrize(
    ("unset", "argv", "says"),
    [
        ("SIGNOFF_PAYLOAD_KEYS", (), "SIGNOFF_PAYLOAD_KEYS is not set: there is nothing to decrypt with"),
        ("SIGNOFF_CODEC_TOKEN", (), "SIGNOFF_CODEC_TOKEN is not set: nobody could be let in"),
        ("", ("--host", "0.0.0.0"), "--host 0.0.0.0 would send what is decrypted over the network in the clear"),
        ("", ("--origin", "temporal.example.com"), "--origin temporal.example.com: must be a page's scheme and host"),
    ],
)
async def test_a_server_that_would_let_in_nobody_or_everybody_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unset: str, argv: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in set(FLAGS) - {unset}:
        monkeypatch.setenv(name, FLAGS[name])
    with pytest.raises(Failure, match=says) as refused:
        await codec(build_parser().parse_args(["codec", "--port", "0", *argv]))
    assert refused.value.code == BAD_INPUT


def _input(shown: str) -> bytes:
    """Of a run, as the command shows it."""
    started = json.loads(shown)["events"][0]["workflowExecutionStartedEventAttributes"]
    return base64.b64decode(started["input"]["payloads"][0]["data"])


def _payloads(answer: dict[str, Any]) -> list[Payload]:
    return list(ParseDict(answer, Payloads()).payloads)
