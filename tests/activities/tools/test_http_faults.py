"""The fault table of the HTTP tool, a row for each: what the other system does, what that means, what was done."""

import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from activities.stores.entries import State
from activities.tools.http_transport import LARGEST
from contracts.errors import NotFound, OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.http import HttpGet, HttpReply
from contracts.tools import Receipt
from tests.activities.servers import free_port
from tests.activities.tools.shop import Shop, post
from tests.activities.tools.smtp import raw_server
from tests.activities.tools.web import HANGS_UP, OK, Web, answer, web_server

CREATED = HttpReply(status=201, body={"id": 7})


@dataclass(frozen=True)
class Row:
    """One fault, and what a reading and a request come to."""

    answers: list[bytes | None]
    get: type[SignoffError]
    post: type[SignoffError] | HttpReply
    wait: timedelta | None = None
    limit_s: float = 10.0


LARGE = b'"' + b"x" * LARGEST + b'"'
ROWS = {
    "400": Row([answer(400)], ToolFailed, ToolFailed),
    "401": Row([answer(401)], ToolFailed, ToolFailed),
    "403": Row([answer(403)], ToolFailed, ToolFailed),
    "404": Row([answer(404)], NotFound, ToolFailed),
    "408": Row([answer(408)], ToolUnavailable, ToolUnavailable),
    "409": Row([answer(409)], ToolFailed, ToolFailed),
    "410": Row([answer(410)], NotFound, ToolFailed),
    "422": Row([answer(422)], ToolFailed, ToolFailed),
    "425": Row([answer(425)], ToolUnavailable, ToolUnavailable),
    "429": Row([answer(429)], ToolUnavailable, ToolUnavailable),
    "429, Retry-After: 7": Row(
        [answer(429, more="retry-after: 7\r\n")], ToolUnavailable, ToolUnavailable, timedelta(seconds=7)
    ),
    "500": Row([answer(500)], ToolUnavailable, OutcomeUnknown),
    "501": Row([answer(501)], ToolFailed, ToolFailed),
    "502": Row([answer(502)], ToolUnavailable, OutcomeUnknown),
    "503": Row([answer(503)], ToolUnavailable, OutcomeUnknown),
    "503, Retry-After: 7": Row(
        [answer(503, more="retry-after: 7\r\n")], ToolUnavailable, ToolUnavailable, timedelta(seconds=7)
    ),
    "504": Row([answer(504)], ToolUnavailable, OutcomeUnknown),
    "redirect, 301 307 308": Row([answer(307, more="location: http://127.0.0.1:1/\r\n")], ToolFailed, ToolFailed),
    "redirect, 302": Row([answer(302, more="location: /elsewhere\r\n")], ToolFailed, OutcomeUnknown),
    "redirect, 303": Row([answer(303, more="location: /orders/7\r\n")], ToolFailed, HttpReply(status=303)),
    "no answer in time": Row([None], ToolUnavailable, OutcomeUnknown, limit_s=0.3),
    "cut off before an answer": Row([HANGS_UP], ToolUnavailable, OutcomeUnknown),
    "cut off within the answer": Row([answer(200, b'{"id"', length=9)], ToolUnavailable, OutcomeUnknown),
    "an answer that is not HTTP": Row([b"220 smtp.example.com ESMTP\r\n"], ToolUnavailable, OutcomeUnknown),
    "wrong content type": Row(
        [answer(200, b"<html>", "text/html")],
        ToolFailed,
        HttpReply(status=200, left_out="the body is not JSON but text/html"),
    ),
    "no content type": Row(
        [answer(200, b"{}", "")],
        ToolFailed,
        HttpReply(status=200, left_out="the body is not JSON but of no stated type"),
    ),
    "JSON that is none": Row(
        [answer(200, b"{'id': 7}")], ToolFailed, HttpReply(status=200, left_out="the body is not what JSON can be")
    ),
    "too large a body": Row(
        [answer(200, LARGE)],
        ToolFailed,
        HttpReply(status=200, left_out="the body is packed, or larger than 1,000,000 bytes"),
    ),
    "a packed body": Row(
        [answer(200, b"\x1f\x8b", more="content-encoding: gzip\r\n")],
        ToolFailed,
        HttpReply(status=200, left_out="the body is packed, or larger than 1,000,000 bytes"),
    ),
}
"""In docs/faults.md, too."""


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_a_reading_comes_to(shop: Shop, row: Row) -> None:
    async with web_server(Web(list(row.answers))) as web:
        with pytest.raises(row.get) as caught:
            await shop.tool(web.url, limit_s=row.limit_s).get(HttpGet(system="shop", path="/orders/7"))
    assert type(caught.value) is row.get
    assert caught.value.next_retry_delay == row.wait
    assert (
        caught.value.message.startswith("shop: GET /orders/7 was ") or "shop: GET /orders/7: " in caught.value.message
    )
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_a_request_comes_to(shop: Shop, row: Row) -> None:
    async with web_server(Web(list(row.answers))) as web:
        tool = shop.tool(web.url, limit_s=row.limit_s)
        if isinstance(row.post, HttpReply):
            assert (await tool.post(post())).result == row.post
            assert (await tool.post(post())).result == row.post
        else:
            with pytest.raises(row.post) as caught:
                await tool.post(post())
            assert type(caught.value) is row.post
            assert caught.value.next_retry_delay == row.wait
        assert len(web.asked) == 1
        unknown = row.post is OutcomeUnknown
        assert shop.state() is (
            State.DONE if isinstance(row.post, HttpReply) else State.CLAIMED if unknown else State.RELEASED
        )
        web.answers = [OK]
        if unknown:  # nobody asks again but a person
            with pytest.raises(OutcomeUnknown, match="nobody could look up"):
                await tool.post(post())
        elif not isinstance(row.post, HttpReply):
            assert (await tool.post(post())).result == HttpReply(status=200, body={"id": 7})
        assert len(web.asked) == (1 if unknown or isinstance(row.post, HttpReply) else 2)


CERTAIN = ("400", "401", "403", "404", "409", "410", "422", "501", "redirect, 301 307 308")
OVER_ALL = {name: row for name, row in ROWS.items() if not isinstance(row.post, HttpReply) and name not in CERTAIN}


@pytest.mark.parametrize("row", OVER_ALL.values(), ids=OVER_ALL)
async def test_a_system_that_honours_the_key_is_asked_again_and_does_it_once(shop: Shop, row: Row) -> None:
    async with web_server(Web([*row.answers, OK], knows={})) as web:
        tool = shop.tool(web.url, "idempotency_keys = true", row.limit_s)
        with pytest.raises(ToolUnavailable):
            await tool.post(post())
        assert (await tool.post(post())).result == CREATED
        assert web.done == 1
        keys = [asked.headers["idempotency-key"] for asked in web.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 422])
async def test_asked_again_no_refusal_proves_that_it_was_not_done(shop: Shop, status: int) -> None:
    async with web_server(Web([HANGS_UP, answer(status)], knows={})) as web:
        tool = shop.tool(web.url, "idempotency_keys = true")
        with pytest.raises(ToolUnavailable):
            await tool.post(post())
        with pytest.raises(OutcomeUnknown, match=f"asked again, shop: POST /orders was answered {status}"):
            await tool.post(post())
        assert web.done == 1


async def test_a_request_that_is_still_being_worked_on_is_asked_for_later(shop: Shop) -> None:
    """409 under a key that was used before (draft-ietf-httpapi-idempotency-key-header, 2.7)."""
    async with web_server(Web([HANGS_UP, answer(409), OK], knows={})) as web:
        tool = shop.tool(web.url, "idempotency_keys = true")
        for _ in range(2):
            with pytest.raises(ToolUnavailable):
                await tool.post(post())
        assert (await tool.post(post())).result == CREATED
        assert web.done == 1


async def _nothing_was_sent(shop: Shop, url: str, error: type[SignoffError], limit_s: float = 10.0) -> None:
    tool = shop.tool(url, limit_s=limit_s)
    for work in (tool.get(HttpGet(system="shop", path="/orders")), tool.post(post())):
        with pytest.raises(error):
            await work
    assert shop.state() is State.RELEASED


async def test_a_refused_connection_sent_nothing(shop: Shop) -> None:
    await _nothing_was_sent(shop, f"http://127.0.0.1:{free_port()}", ToolUnavailable)


async def test_a_certificate_that_nobody_vouches_for_gets_nothing(shop: Shop, localhost_pem: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(localhost_pem)
    async with web_server(Web(), context) as web:
        await _nothing_was_sent(shop, web.url, ToolFailed)
    assert web.asked == []


async def test_a_server_without_tls_gets_nothing_over_https(shop: Shop) -> None:
    async with raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        await _nothing_was_sent(shop, url.replace("smtp:", "https:"), ToolUnavailable)


async def test_a_server_that_is_silent_before_the_request_was_sent_nothing(shop: Shop) -> None:
    async with web_server(Web([None])) as web:
        await _nothing_was_sent(shop, web.url.replace("http:", "https:"), ToolUnavailable, limit_s=0.3)
    assert web.asked == []


async def test_a_zombies_request_is_not_sent(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with web_server(Web()) as web:
        tool = shop.tool(web.url)

        async def lost(*_: object, **__: object) -> bool:
            return False

        monkeypatch.setattr(tool._ledger, "renew", lost)
        with pytest.raises(ToolUnavailable, match="its claim was given up"):
            await tool.post(post())
    assert web.asked == []


async def test_other_arguments_under_the_same_key_are_not_asked_for(shop: Shop) -> None:
    async with web_server(Web([OK])) as web:
        tool = shop.tool(web.url)
        first: Receipt[HttpReply] = await tool.post(post())
        other = await tool.post(post(6))
    assert (other.outcome, other.result, len(web.asked)) == ("conflict", first.result, 1)
