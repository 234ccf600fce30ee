"""The HTTP tool: whom it talks to, what it says, and what it lets in."""

import hashlib
import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.stores.database import Database
from activities.tools.http import HttpActivities, idempotency_key
from contracts.errors import ToolFailed
from contracts.gates import digest_of
from contracts.http import HttpGet, HttpPost, HttpReply
from contracts.tools import Act, Outcome
from runtime.settings import load_settings
from tests.activities.tools.shop import KEY, Shop, post
from tests.activities.tools.web import OK, Web, answer, web_server


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What is said over HTTP does not hang on the kind of database."""
    return f"sqlite:///{tmp_path}/signoff.db"


async def test_a_reading_comes_back_as_it_was_said(shop: Shop) -> None:
    body = '{"name": "Groß & Söhne", "amount": 1e2, "parts": [null, true, {"deep": []}]}'.encode()
    async with web_server(Web([answer(200, body, "application/problem+json; charset=utf-8")])) as web:
        request = HttpGet(system="shop", path="/orders/Groß & Söhne", query={"q": "a&b=c", "ü": "/../"})
        reply = await shop.tool(web.url).get(request)
    assert reply == HttpReply(
        status=200, body={"name": "Groß & Söhne", "amount": 100.0, "parts": [None, True, {"deep": []}]}
    )
    (asked,) = web.asked
    assert asked.target == "/api/orders/Gro%C3%9F%20&%20S%C3%B6hne?q=a%26b%3Dc&%C3%BC=%2F..%2F"
    assert asked.headers["accept"] == "application/json"


async def test_an_empty_answer_is_an_answer(shop: Shop) -> None:
    async with web_server(Web([answer(204, kind="")])) as web:
        assert await shop.tool(web.url).get(HttpGet(system="shop", path="/")) == HttpReply(status=204)
    assert web.asked[0].target == "/api/"


async def test_a_request_is_made_once_under_a_key_that_does_not_tell(shop: Shop) -> None:
    async with web_server(Web([OK])) as web:
        tool = shop.tool(web.url, 'token_env = "SHOP_TOKEN"')
        receipt = await tool.post(post())
        assert await tool.post(post()) == receipt
    assert (receipt.outcome, receipt.result) == (Outcome.DONE, HttpReply(status=200, body={"id": 7}))
    (asked,) = web.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/api/orders", b'{"amount":5}')
    assert asked.headers["authorization"] == "Bearer secret-word"
    assert asked.headers["content-type"] == "application/json"
    # A string of structured headers (RFC 8941), as the draft wants it.
    assert asked.headers["idempotency-key"] == f'"{hashlib.sha256(KEY.encode()).hexdigest()[:32]}"'


def test_the_key_is_that_of_the_effect_alone() -> None:
    assert idempotency_key("a/1") == idempotency_key("a/1") != idempotency_key("a/2")


async def test_a_system_that_nobody_named_is_not_asked(shop: Shop) -> None:
    async with web_server(Web()) as web:
        tool = shop.tool(web.url)
        with pytest.raises(
            ToolFailed, match=r"no system other: name it in the file of SIGNOFF_SYSTEMS \(there are shop\)"
        ):
            await tool.get(HttpGet(system="other", path="/"))
        argument = HttpPost(system="other", path="/", body=None)
        with pytest.raises(ToolFailed, match="no system other"):
            await tool.post(Act(key="k", digest=digest_of(argument), argument=argument))
    assert web.asked == []


async def test_without_the_setting_the_setting_is_named(tmp_path: Path, database: Database) -> None:
    tool = HttpActivities(load_settings({}, tmp_path), database)
    with pytest.raises(ToolFailed, match=r"SIGNOFF_SYSTEMS \(none is set\)"):
        await tool.get(HttpGet(system="shop", path="/"))


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "/../admin",
        "orders/../../admin",
        "/orders/.",
        "//evil.example/x",
        "/orders//7",
        "/%2e%2e/admin",
        "/orders?admin=1",
        "/orders#x",
        "\\\\evil.example\\x",
        "/a\r\nhost: evil.example",
        "/a\0b",
        "",
        "x" * 1001,
    ],
)
def test_a_path_that_could_lead_elsewhere_is_no_path(path: str) -> None:
    with pytest.raises(ValidationError):
        HttpGet(system="shop", path=path)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("http://evil.example/x", None),
        ("@evil.example", "/api/@evil.example"),
        (":1/x", "/api/:1/x"),
        ("orders", "/api/orders"),
        ("/orders/7/", "/api/orders/7/"),
        ("/a;b=c,d", "/api/a;b=c,d"),
        ("/日本 語", "/api/%E6%97%A5%E6%9C%AC%20%E8%AA%9E"),
        ("/...", "/api/..."),
    ],
)
async def test_whatever_the_path_it_is_below_the_systems_own(shop: Shop, path: str, target: str | None) -> None:
    async with web_server(Web()) as web:
        if target is None:
            with pytest.raises(ValidationError):
                HttpGet(system="shop", path=path)
            return
        await shop.tool(web.url).get(HttpGet(system="shop", path=path))
    assert [asked.target for asked in web.asked] == [target]
    assert web.asked[0].headers["host"] == f"localhost:{web.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_and_no_token_goes_along(shop: Shop, status: int) -> None:
    async with web_server(Web()) as elsewhere, web_server(Web()) as web:
        web.answers = [answer(status, more=f"location: {elsewhere.url}\r\n")]
        with pytest.raises(ToolFailed, match="a redirect, which is not followed"):
            await shop.tool(web.url, 'token_env = "SHOP_TOKEN"').get(HttpGet(system="shop", path="/"))
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"title": "Out of stock", "detail": "No more\\n of secret-word"}', "422: No more  of ***"),
        (b'{"error": {"message": "bad amount"}}', "422: bad amount"),
        (b'{"message": 7}', "422"),
        (b'["no"]', "422"),
        (b"", "422"),
    ],
)
async def test_a_refusal_is_told_in_the_systems_words_without_its_token(shop: Shop, body: bytes, words: str) -> None:
    async with web_server(Web([answer(422, body)])) as web:
        with pytest.raises(ToolFailed) as caught:
            await shop.tool(web.url, 'token_env = "SHOP_TOKEN"').post(post())
    assert caught.value.message == f"shop: POST /orders was answered {words}"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("more", "says"), [("", "set its token_env"), ('token_env = "SHOP_TOKEN"', "check SHOP_TOKEN")]
)
async def test_a_token_that_does_not_do_is_named_by_its_variable(shop: Shop, status: int, more: str, says: str) -> None:
    async with web_server(Web([answer(status, b'{"detail": "secret-word"}')])) as web:
        with pytest.raises(ToolFailed, match=f"{status}: {says}$"):
            await shop.tool(web.url, more).get(HttpGet(system="shop", path="/"))


@pytest.mark.parametrize("body", [b"NaN", b"[" * 100_000, b'"\xff"', b'{"a": 1} {"a": 2}', b"1" * 5000])
async def test_json_that_cannot_be_passed_on_is_left_out(shop: Shop, body: bytes) -> None:
    async with web_server(Web([answer(200, body)])) as web:
        result = (await shop.tool(web.url).post(post())).result
    assert result == HttpReply(status=200, left_out="the body is not what JSON can be")


async def test_neither_url_nor_token_is_logged(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("httpx2").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        async with web_server(Web()) as web:
            await shop.tool(web.url, 'token_env = "SHOP_TOKEN"').get(
                HttpGet(system="shop", path="/", query={"q": "private"})
            )
    assert "secret-word" not in caplog.text
    assert "private" not in caplog.text
