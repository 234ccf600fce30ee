"""A proxy that says who somebody is, and those who only pretend to be one."""

from pathlib import Path

import pytest

from runtime.inbox_auth import parse_inbox_auth
from runtime.settings import SettingsError, load_settings
from tests.starters.inbox.conftest import MakeVisitor
from tests.starters.inbox.test_login import approvers

NAMED = "header:X-Forwarded-User@10.0.0.5,10.1.0.0/16"
SOMEWHERE = "/no-such-page"
SIGN_OUT = "/logout"


@pytest.mark.parametrize(
    ("setting", "peer", "status"),
    [
        ("header:X-Forwarded-User", "127.0.0.1", 403),
        ("header:X-Forwarded-User", "::1", 403),
        ("header:X-Forwarded-User", "10.0.0.5", 403),
        (NAMED, "10.0.0.5", 403),
        (NAMED, "10.1.2.3", 403),
        (NAMED, "::ffff:10.0.0.5", 403),
        (NAMED, "127.0.0.1", 403),
        (NAMED, "10.0.0.6", 403),
    ],
)
async def test_a_name_is_believed_from_these_addresses_only(
    make_visitor: MakeVisitor, setting: str, peer: str, status: int
) -> None:
    visitor = make_visitor(peer=peer, SIGNOFF_INBOX_AUTH=setting)
    believed = parse_inbox_auth(setting).trusts(peer)
    # With a wrong token: whoever is known is refused for that, whoever is not for being nobody.
    page = await visitor.post(SIGN_OUT, {"csrf": "x"}, x_forwarded_user="ann")
    assert page.status == status
    assert ("nothing was done" in page.text) is believed
    assert ("through its proxy" in page.text) is not believed


def test_the_addresses_are_those_that_were_meant() -> None:
    trusted = {
        peer: [parse_inbox_auth(setting).trusts(peer) for setting in ("header:X-User", NAMED)]
        for peer in ("127.0.0.1", "::1", "10.0.0.5", "10.1.9.9", "10.0.0.6", "::ffff:10.0.0.5", "nobody", "")
    }
    assert trusted == {
        "127.0.0.1": [True, False],
        "::1": [True, False],
        "10.0.0.5": [False, True],
        "10.1.9.9": [False, True],
        "10.0.0.6": [False, False],
        "::ffff:10.0.0.5": [False, True],
        "nobody": [False, False],
        "": [False, False],
    }


async def test_without_a_name_or_with_two_nobody_is_known(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor(SIGNOFF_INBOX_AUTH="header:X-Forwarded-User")
    assert (await visitor.get("/")).status == 401
    assert (await visitor.get("/", x_forwarded_user="")).status == 403
    twice = await visitor.http.get("/", headers=[("x-forwarded-user", "ann"), ("x-forwarded-user", "bob")])
    assert twice.status_code == 401


async def test_names_may_be_of_any_language_and_hold_no_control_character(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor(SIGNOFF_INBOX_AUTH="header:X-Forwarded-User")
    named = {b"x-forwarded-user": "Zoë".encode(), b"origin": b"http://127.0.0.1:8235"}
    fine = await visitor.http.post("/logout", data={"csrf": "x"}, headers=named)
    assert "nothing was done" in fine.text
    for name in (b"a\x01b", b"\xff", "a\u202eb".encode()):
        bad = await visitor.http.get("/", headers={b"x-forwarded-user": name})
        assert bad.status_code in (401, 403)


async def test_behind_a_proxy_links_let_nobody_in(make_visitor: MakeVisitor) -> None:
    visitor = make_visitor(SIGNOFF_INBOX_AUTH="header:X-Forwarded-User")
    token = visitor.desk.links.make("ann")
    assert (await visitor.get(f"/login/{token}")).status == 410
    assert (await visitor.post("/login", {"token": token})).status == 410


async def test_the_list_of_approvers_holds_behind_a_proxy_too(make_visitor: MakeVisitor, tmp_path: Path) -> None:
    visitor = make_visitor(SIGNOFF_INBOX_AUTH="header:X-Forwarded-User", SIGNOFF_APPROVERS=approvers(tmp_path))
    page = await visitor.get("/", x_forwarded_user="mallory")
    assert (page.status, "not among the approvers" in page.text) == (403, True)


@pytest.mark.parametrize(
    "text", ["ann", "header:", "header:a b", "header:X@", "header:X@10.0.0", "header:X@10.0.0.5/8", "basic:X"]
)
def test_a_setting_that_cannot_be_right_is_named(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^SIGNOFF_INBOX_AUTH \(from flags\) "):
        load_settings({"SIGNOFF_INBOX_AUTH": text}, tmp_path)


@pytest.mark.parametrize("text", ["header:X-User", "header:X-User@10.0.0.0/8,::1/128"])
def test_it_is_shown_as_it_was_set(text: str) -> None:
    assert str(parse_inbox_auth(text)) == text
