"""What holds for every request and every answer."""

import pytest

from starters.inbox.guard import HEADERS, LARGEST
from starters.inbox.place import Place, is_loopback, run_path
from tests.starters.inbox.conftest import MakeVisitor

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.mark.parametrize("path", ["/", "/health", "/login/x", "/no-such-page", "/static/inbox.css", "/static/none"])
async def test_every_answer_has_the_headers_that_keep_strangers_out(make_visitor: MakeVisitor, path: str) -> None:
    page = await make_visitor().get(path)
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == ("no-cache" if path.endswith(".css") else "no-store")


async def test_a_bug_shows_no_traceback_and_has_the_headers(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    await visitor.sign_in("ann")
    page = await visitor.get("/")  # its server raises what nobody expects
    assert page.status == 500
    assert "Traceback" not in page.html
    assert "no server is asked here" not in page.html
    assert page.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8235", 200),
        ("localhost:8235", 200),
        ("[::1]:8235", 200),
        ("LOCALHOST", 200),
        ("signoff.example.com", 200),
        ("signoff.example.com:443", 200),
        ("evil.example", 400),
        ("evil.example:8235", 400),
        ("127.0.0.1.evil.example", 400),
        ("ann@127.0.0.1", 400),
        ("", 400),
        ("[", 400),
    ],
)
async def test_a_name_that_is_not_the_inboxs_gets_no_page(make_visitor: MakeVisitor, host: str, status: int) -> None:
    visitor = make_visitor(Place("127.0.0.1", 8235, "https://signoff.example.com"))
    assert (await visitor.get("/health", host=host)).status == status


async def test_without_a_public_name_only_this_machines_names_count(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    assert (await visitor.get("/health", host="signoff.example.com")).status == 400


async def test_two_host_headers_are_one_too_many(make_visitor: MakeVisitor) -> None:
    answer = await make_visitor().http.get("/health", headers=[("host", "127.0.0.1"), ("host", "evil.example")])
    assert answer.status_code == 400


async def test_what_is_too_large_is_not_read_to_its_end(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    page = await visitor.post("/login", {"token": "x" * (LARGEST + 1)})
    assert page.status == 413


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"token": "x"}', 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("text/plain", b"token=x", 415),
        ("application/x-www-form-urlencoded", b"token=\xff", 400),
        ("application/x-www-form-urlencoded", b"token=%ff", 400),
        ("application/x-www-form-urlencoded", b"a=1&" * 600, 400),
        ("application/x-www-form-urlencoded; charset=utf-8", b"token=x", 410),
        ("application/x-www-form-urlencoded", b"", 410),
    ],
)
async def test_only_an_own_form_is_read(make_visitor: MakeVisitor, kind: str, body: bytes, status: int) -> None:
    headers = {"content-type": kind, "origin": "http://127.0.0.1:8235"}
    answer = await make_visitor().http.post("/login", content=body, headers=headers)
    assert answer.status_code == status


async def test_the_files_that_pages_name_are_there(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    html = (await visitor.get("/login/x")).html
    for name in ("htmx.min.js", "inbox.js", "inbox.css", "icon.svg"):
        assert f'"/static/{name}"' in html
        assert (await visitor.get(f"/static/{name}")).status == 200
    assert "Zero-Clause BSD" in (await visitor.get("/static/htmx.LICENSE")).html
    assert (await visitor.get("/static/../app.py")).status == 404


async def test_pages_hold_no_script_and_no_style_of_their_own(make_visitor: MakeVisitor) -> None:
    page = await make_visitor().get("/login/x")
    assert "<style" not in page.html
    assert " style=" not in page.html
    assert " on" not in {tag[:3] for tag in page.html.split("<")}
    assert page.html.count("<script") == page.html.count('<script src="/static/')


def test_which_addresses_are_this_machines_own() -> None:
    own = ("127.0.0.1", "127.9.9.9", "::1", "localhost")
    others = ("0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.example.com", "")
    assert [host for host in (*own, *others) if is_loopback(host)] == list(own)


def test_an_address_holds_any_id() -> None:
    assert run_path("a/b c?d#e%2F", "g&h") == "/runs/a%2Fb%20c%3Fd%23e%252F?gate=g%26h"
    assert set(HEADERS) >= {"Content-Security-Policy", "Referrer-Policy"}
