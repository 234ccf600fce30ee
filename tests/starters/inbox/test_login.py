"""Who gets in, and how they leave."""

import os
import time
from pathlib import Path

import pytest

from starters.inbox.auth import MOST_SESSIONS
from starters.inbox.links import VALID_S, Links
from starters.inbox.place import Place
from tests.starters.inbox.conftest import MakeVisitor

APPROVERS = '[approvers.ann]\nroles = ["lead"]\n[notices]\ninbox = "https://signoff.example.com/in"\n'


def approvers(folder: Path) -> str:
    """A file that names ann, and where people open the inbox."""
    path = folder / "approvers.toml"
    path.write_text(APPROVERS)
    return str(path)


async def test_a_stranger_sees_nothing_and_is_told_how_to_get_in(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    for path in ("/", "/waiting", "/runs/a/b", "/live/a/b"):
        page = await visitor.get(path)
        assert (page.status, "signoff inbox link" in page.text) == (401, True)


async def test_a_link_lets_its_person_in_once(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    token = visitor.desk.links.make("ann")
    # Mail programs and chats look at links: looking does not use one up.
    for _ in range(2):
        page = await visitor.get(f"/login/{token}")
        assert (page.status, "Sign in as ann" in page.text) == (200, True)

    first = await visitor.post("/login", {"token": token})
    assert (first.status, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert (await visitor.get("/no-such-page")).status == 404

    second = make_visitor()
    for page in (await second.get(f"/login/{token}"), await second.post("/login", {"token": token})):
        assert (page.status, "has been used" in page.text) == (410, True)
        assert "set-cookie" not in page.headers


async def test_a_link_ends_after_a_quarter_of_an_hour(
    make_visitor: MakeVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = make_visitor()
    token = visitor.desk.links.make("ann")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + VALID_S)
    assert (await visitor.get(f"/login/{token}")).status == 410
    assert (await visitor.post("/login", {"token": token})).status == 410


@pytest.mark.parametrize("token", ["", "x", "../../signoff.db", "A" * 43, "%00" * 43])
async def test_a_guessed_link_lets_nobody_in(make_visitor: MakeVisitor, token: str) -> None:
    visitor = make_visitor()
    visitor.desk.links.make("ann")
    assert (await visitor.post("/login", {"token": token})).status == 410


def test_links_are_kept_as_hashes_in_files_of_their_owner_only(tmp_path: Path) -> None:
    token = Links(tmp_path / ".signoff").make("ann")
    (file,) = (tmp_path / ".signoff" / "inbox" / "links").iterdir()
    assert token not in f"{file.name}{file.read_text()}"
    assert [oct(os.stat(one).st_mode & 0o777) for one in (file, file.parent, file.parent.parent)] == [
        "0o600",
        "0o700",
        "0o700",
    ]


def test_old_links_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Links(tmp_path)
    kept.make("ann")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + VALID_S)
    token = kept.make("bob")
    assert len(list((tmp_path / "inbox" / "links").iterdir())) == 1
    assert (kept.use(token), kept.use(token)) == ("bob", None)


async def test_only_those_who_are_listed_get_in(make_visitor: MakeVisitor, tmp_path: Path) -> None:
    visitor = make_visitor(SIGNOFF_APPROVERS=approvers(tmp_path))
    token = visitor.desk.links.make("mallory")
    assert (await visitor.post("/login", {"token": token})).status == 410
    await visitor.sign_in("ann")
    assert (await visitor.get("/no-such-page")).status == 404


async def test_signing_out_ends_the_session(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    await visitor.sign_in("ann")
    cookies = dict(visitor.http.cookies)
    page = await visitor.post("/logout", {"csrf": visitor.csrf})
    assert (page.status, "signed out" in page.text) == (200, True)
    visitor.http.cookies.update(cookies)
    assert (await visitor.get("/")).status == 401


async def test_a_second_link_ends_the_session_before(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    await visitor.sign_in("ann")
    before = dict(visitor.http.cookies)
    await visitor.sign_in("bob")
    visitor.http.cookies.clear()
    visitor.http.cookies.update(before)
    assert (await visitor.get("/")).status == 401


def test_sessions_are_bounded(make_visitor: MakeVisitor) -> None:
    auth = make_visitor().desk.auth
    for _ in range(MOST_SESSIONS + 5):
        auth.open("ann")
    assert len(auth._sessions) == MOST_SESSIONS


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, "wrong"),
        ({}, ""),
        ({"origin": "https://evil.example"}, "right"),
        ({"origin": "http://127.0.0.1:9999"}, "right"),
        ({"origin": "null"}, "right"),
        ({"origin": ""}, "right"),
    ],
)
async def test_what_did_not_come_from_an_own_page_is_refused(
    make_visitor: MakeVisitor, headers: dict[str, str], token: str
) -> None:
    visitor = make_visitor()
    await visitor.sign_in("ann")
    csrf = visitor.csrf if token == "right" else token
    for path in ("/logout", "/runs/a/b"):
        page = await visitor.post(path, {"csrf": csrf}, **headers)
        assert (page.status, "nothing was done" in page.text) == (403, True)
    assert (await visitor.get("/no-such-page")).status == 404


async def test_a_token_of_one_session_is_of_no_use_in_another(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    await visitor.sign_in("ann")
    of_ann = visitor.csrf
    await visitor.sign_in("bob")
    assert (await visitor.post("/logout", {"csrf": of_ann})).status == 403


async def test_a_link_is_not_used_from_another_site(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor()
    token = visitor.desk.links.make("mallory")
    assert (await visitor.post("/login", {"token": token}, origin="https://evil.example")).status == 403
    assert visitor.desk.links.look(token) == "mallory"


async def test_behind_tls_the_cookie_is_secure_and_paths_begin_as_outside(
    make_visitor: MakeVisitor, tmp_path: Path
) -> None:
    place = Place("127.0.0.1", 8235, "https://signoff.example.com/in")
    visitor = make_visitor(place, SIGNOFF_APPROVERS=approvers(tmp_path))
    outside = {"host": "signoff.example.com", "origin": "https://signoff.example.com"}
    token = visitor.desk.links.make("ann")
    page = await visitor.get(f"/in/login/{token}", host="signoff.example.com")
    assert 'action="/in/login"' in page.html
    assert 'href="/in/static/inbox.css"' in page.html
    answer = await visitor.post("/in/login", {"token": token}, **outside)
    assert answer.headers["location"] == "/in/"
    assert {"Secure", "HttpOnly", "Path=/in/"} <= set(answer.headers["set-cookie"].split("; "))
