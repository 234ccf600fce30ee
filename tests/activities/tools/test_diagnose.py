"""Diagnostics, against targets that the tests start: what is up, what is down, and what nobody may look at."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.tools.diagnose import DiagnoseActivities
from contracts.diagnose import (
    DIAGNOSE_DISK,
    DIAGNOSE_DNS,
    DIAGNOSE_HTTP,
    DIAGNOSE_TCP,
    DIAGNOSE_TLS,
    DiskTarget,
    Target,
)
from contracts.errors import NotFound, SignoffError, ToolFailed
from contracts.tools import Effect
from runtime.settings import load_settings
from tests.activities.tools.certificates import server_context
from tests.activities.tools.web import HANGS_UP, OK, Web, answer, web_server
from tests.support.server import free_port

HUB = Target(system="hub")


@asynccontextmanager
async def looks(folder: Path, base_url: str, more: str = "", limit_s: float = 5) -> AsyncIterator[DiagnoseActivities]:
    """As a worker has them that may look at one system."""
    (folder / "systems.toml").write_text(f'[hub]\nbase_url = "{base_url}"\n{more}')
    (folder / "data" / "deep").mkdir(parents=True, exist_ok=True)
    flags = {"SIGNOFF_SYSTEMS": "systems.toml", "SIGNOFF_FILES": "data", "HUB_TOKEN": "secret-word"}
    made = DiagnoseActivities(load_settings(flags, folder), limit_s)
    yield made
    await made.close()


async def test_a_name_is_resolved(tmp_path: Path) -> None:
    async with looks(tmp_path, "https://localhost/api") as diagnose:
        seen = await diagnose.dns(HUB)
    assert (seen.host, seen.problem) == ("localhost", None)
    assert {"127.0.0.1", "::1"} & set(seen.addresses)


async def test_a_name_of_nobody_is_a_result(tmp_path: Path) -> None:
    async with looks(tmp_path, "https://no-such-host.invalid") as diagnose:
        seen = await diagnose.dns(HUB)
        assert seen.addresses == ()
        assert seen.problem
        for other in (await diagnose.tcp(HUB), await diagnose.tls(HUB), await diagnose.http(HUB)):
            assert other.problem


async def test_a_port_that_takes_connections_is_open(tmp_path: Path) -> None:
    async with web_server(Web()) as web, looks(tmp_path, f"tcp://127.0.0.1:{web.port}") as diagnose:
        seen = await diagnose.tcp(HUB)
    assert (seen.open, seen.problem, seen.port) == (True, None, web.port)
    assert web.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_closed_port_is_a_result(tmp_path: Path, host: str) -> None:
    async with looks(tmp_path, f"tcp://{host}:{free_port()}") as diagnose:
        seen, secured = await diagnose.tcp(HUB), await diagnose.tls(HUB)
    assert (seen.open, seen.problem) == (False, "Connection refused")
    assert (secured.trusted, secured.problem) == (None, "Connection refused")


@pytest.mark.parametrize("status", [200, 301, 401, 404, 500, 503])
async def test_the_status_of_a_web_server_is_told_whatever_it_is(tmp_path: Path, status: int) -> None:
    more = 'token_env = "HUB_TOKEN"'
    async with web_server(Web([answer(status)])) as web, looks(tmp_path, web.url, more) as diagnose:
        seen = await diagnose.http(HUB)
    assert (seen.status, seen.problem) == (status, None)
    assert [(asked.method, asked.target) for asked in web.asked] == [("HEAD", "/api/")]
    assert "authorization" not in web.asked[0].headers


async def test_a_server_that_does_not_know_head_is_asked_by_get(tmp_path: Path) -> None:
    async with web_server(Web([answer(405), OK])) as web, looks(tmp_path, web.url) as diagnose:
        seen = await diagnose.http(HUB)
    assert (seen.status, [asked.method for asked in web.asked]) == (200, ["HEAD", "GET"])


@pytest.mark.parametrize(("reply", "says"), [(HANGS_UP, "cut off"), (None, "no answer in time")])
async def test_a_server_that_does_not_answer_is_a_result(tmp_path: Path, reply: bytes | None, says: str) -> None:
    async with web_server(Web([reply])) as web, looks(tmp_path, web.url, limit_s=0.3) as diagnose:
        seen = await diagnose.http(HUB)
    assert seen.status is None
    assert says in str(seen.problem)


@pytest.mark.parametrize(("days", "problem"), [(30, "self"), (-3, "certificate has expired")])
async def test_a_certificate_is_told_with_the_days_that_it_has_left(tmp_path: Path, days: int, problem: str) -> None:
    context = server_context(tmp_path, days)
    async with web_server(Web(), context) as web, looks(tmp_path, f"https://localhost:{web.port}") as diagnose:
        seen = await diagnose.tls(HUB)
        asked = await diagnose.http(HUB)
    assert seen.days_left in (days, days - 1)
    assert seen.expires is not None
    assert (seen.subject, seen.issuer) == ("CN=localhost", "CN=localhost")
    assert seen.trusted is False
    assert problem in str(seen.problem)
    assert "certificate of localhost" in str(asked.problem)
    assert web.asked == []


async def test_a_certificate_that_a_client_trusts_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path, 30)
    trusting = ssl.create_default_context

    def trusts(*_: object) -> ssl.SSLContext:
        made = trusting()
        made.load_verify_locations(tmp_path / "server.pem")
        return made

    monkeypatch.setattr("activities.tools.tls.ssl.create_default_context", trusts)
    async with web_server(Web(), context) as web, looks(tmp_path, f"tcp://localhost:{web.port}") as diagnose:
        seen = await diagnose.tls(HUB)
    assert (seen.trusted, seen.problem) == (True, None)


async def test_a_server_without_tls_is_a_result(tmp_path: Path) -> None:
    async def talks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talks, "127.0.0.1", 0)
    async with server, looks(tmp_path, f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}") as diagnose:
        seen = await diagnose.tls(HUB)
    assert (seen.problem, seen.trusted, seen.expires) == ("it does not speak TLS", None, None)


async def test_a_server_that_says_nothing_costs_no_more_time_than_it_may(tmp_path: Path) -> None:
    async with web_server(Web([None])) as web, looks(tmp_path, f"tcp://127.0.0.1:{web.port}", limit_s=0.3) as diagnose:
        seen = await diagnose.tls(HUB)
    assert seen.problem == "no answer in time"
    assert seen.took_ms < 5000


async def test_how_much_room_a_disk_has(tmp_path: Path) -> None:
    async with looks(tmp_path, "https://localhost") as diagnose:
        seen = await diagnose.disk(DiskTarget(path="deep"))
    assert 0 < seen.free_bytes <= seen.total_bytes
    assert 0 < seen.free_percent <= 100


@pytest.mark.parametrize(
    ("path", "error"), [("/etc", ToolFailed), ("../x", ToolFailed), ("gone", NotFound), (".ssh", ToolFailed)]
)
async def test_a_disk_elsewhere_is_not_looked_at(tmp_path: Path, path: str, error: type[SignoffError]) -> None:
    async with looks(tmp_path, "https://localhost") as diagnose:
        with pytest.raises(error):
            await diagnose.disk(DiskTarget(path=path))


async def test_a_system_that_nobody_named_is_not_looked_at(tmp_path: Path) -> None:
    async with looks(tmp_path, "https://localhost") as diagnose:
        for look in (diagnose.dns, diagnose.tcp, diagnose.http, diagnose.tls):
            with pytest.raises(ToolFailed, match=r"there is no system other: .*SIGNOFF_SYSTEMS \(there are hub\)"):
                await look(Target(system="other"))


async def test_what_does_not_speak_http_is_not_asked_in_http(tmp_path: Path) -> None:
    async with looks(tmp_path, "tcp://127.0.0.1:5432") as diagnose:
        with pytest.raises(ToolFailed, match=r"the system hub does not speak HTTP"):
            await diagnose.http(HUB)


@pytest.mark.parametrize("system", ["127.0.0.1:22", "http://169.254.169.254", "hub.example", "Hub", ""])
def test_an_address_cannot_be_said(system: str) -> None:
    with pytest.raises(ValidationError):
        Target(system=system)


def test_none_of_them_does_more_than_read() -> None:
    tools = (DIAGNOSE_DISK, DIAGNOSE_DNS, DIAGNOSE_HTTP, DIAGNOSE_TCP, DIAGNOSE_TLS)
    assert {tool.effect for tool in tools} == {Effect.READ}
