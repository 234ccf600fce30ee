"""Notices: over real SMTP and real HTTP, to those who are asked, and without a way in for anybody else's text."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from activities.notices import NoticesActivities
from contracts.approvers import Notice
from contracts.errors import ToolFailed, ToolUnavailable
from contracts.gates import Card, GateKind
from runtime.settings import load_settings
from tests.activities.tools.smtp import Mailbox, hang_up, smtp_server
from tests.activities.tools.web import HANGS_UP, Web, answer, web_server

SECRET = "s3cret-word"
PEOPLE = """
[approvers.ann]
roles = ["lead"]
email = "ann@example.com"
[approvers.bob]
roles = ["lead"]
email = "bob@example.com"
[approvers."Zoë O'Neil, Jr"]
email = "zoe@example.com"
[approvers.dave]
roles = ["lead"]
[notices]
inbox = "https://signoff.example.com/"
"""
MAILS = 'from = "Signoff <signoff@example.com>"\n'
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
RUN = "sales-follow-up/lead-007/2026-11-21 & more?"


def notice(told: Any = "opened", **changes: Any) -> Notice:
    """Of one gate that waits for a lead."""
    card = Card(
        gate="review-email",
        kind=GateKind.APPROVAL,
        question="Send this mail to Zoë (Groß & Söhne)?",
        digest="d" * 64,
        deadline=NOW + timedelta(hours=48),
        opened_at=NOW,
        waits_on=("role:lead",),
        needed=2,
    )
    about = card.model_copy(update=changes)
    return Notice(kind=told, workflow_id=RUN, process="sales-follow-up", card=about)


class Desk:
    """A worker's notices; its file names a mail server's sender, a webhook, or both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mailbox = Mailbox()
        self.web = Web()
        self.activities: list[NoticesActivities] = []

    def teller(self, toml: str = MAILS, people: str = PEOPLE, **more: str) -> NoticesActivities:
        """As a worker with this file has it."""
        (self.folder / "people.toml").write_text(people + toml, encoding="utf-8")
        flags = {"SIGNOFF_APPROVERS": "people.toml", "SIGNOFF_SMTP_URL": self.mailbox.url}
        settings = load_settings(flags | {"SIGNOFF_WEBHOOK_SECRET": SECRET} | more, self.folder)
        self.activities.append(NoticesActivities(settings, timedelta(seconds=2)))
        return self.activities[-1]

    def hook(self) -> str:
        """The line that names the webhook, whose path gives access."""
        return f'webhook = "{self.web.url}/hook-token"\n'

    def mails(self) -> dict[str, EmailMessage]:
        """By recipient; each has got one."""
        assert all(len(to) == 1 for _, to in self.mailbox.envelopes)
        found = zip([to for _, (to,) in self.mailbox.envelopes], self.mailbox.kept, strict=True)
        mails = {to: message_from_bytes(content, policy=default) for to, content in found}
        assert len(mails) == len(self.mailbox.kept)
        return mails


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A mail server and a chat tool."""
    made = Desk(tmp_path)
    async with smtp_server(made.mailbox), web_server(made.web):
        yield made
    for one in made.activities:
        await one.close()


def text_of(mail: EmailMessage) -> str:
    """What a person reads."""
    assert mail.get_content_type() == "text/plain"
    return str(mail.get_content()).replace("\r\n", "\n")


async def test_everybody_who_is_asked_and_has_an_address_gets_a_mail_of_their_own(desk: Desk) -> None:
    await desk.teller().send(notice())
    mails = desk.mails()
    assert mails.keys() == {"ann@example.com", "bob@example.com"}
    mail = mails["ann@example.com"]
    assert (mail["To"], mail["From"]) == ("ann <ann@example.com>", "Signoff <signoff@example.com>")
    assert mail["Subject"] == f"review-email waits for your decision: {RUN}"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = text_of(mail)
    assert "Send this mail to Zoë (Groß & Söhne)?" in text
    assert "Until: 2026-11-23 10:00 UTC" in text
    assert "Waits on: role:lead" in text
    assert "2 more must approve" in text
    run = "sales-follow-up%2Flead-007%2F2026-11-21%20%26%20more%3F"
    assert f"https://signoff.example.com/runs/{run}?gate=review-email\n" in text
    assert f"    signoff approve '{RUN}' --gate review-email --by ann\n" in text
    assert f"    signoff reject '{RUN}' --gate review-email --by ann --reason WHY\n" in text


async def test_where_nobody_is_named_everybody_is_told(desk: Desk) -> None:
    await desk.teller().send(notice(waits_on=()))
    assert desk.mails().keys() == {"ann@example.com", "bob@example.com", "zoe@example.com"}
    assert str(desk.mails()["zoe@example.com"]["To"]) == '"Zoë O\'Neil, Jr" <zoe@example.com>'


async def test_who_has_had_their_say_is_not_asked_again(desk: Desk) -> None:
    waits_on = ("role:lead", "Zoë O'Neil, Jr")
    await desk.teller().send(notice("reminder", approved_by=("Ann",), abstained=("bob",), waits_on=waits_on))
    assert desk.mails().keys() == {"zoe@example.com"}


async def test_a_notice_sent_again_has_the_same_message_id_and_every_other_another(desk: Desk) -> None:
    for one in (
        notice(),
        notice(),
        notice("reminder", reminders=1),
        notice("reminder", reminders=2),
        notice("escalation", waits_on=("role:lead", "ann")),
        notice(gate="another"),
        notice(opened_at=NOW + timedelta(seconds=1)),
    ):
        await desk.teller().send(one)
    ids = [str(message_from_bytes(mail)["Message-ID"]) for mail in desk.mailbox.kept]
    assert sorted(ids[:2]) == sorted(ids[2:4])
    assert len(set(ids)) == len(ids) - 2
    assert all(one.startswith("<") and one.endswith("@example.com>") for one in ids)


async def test_a_second_attempt_tells_only_those_who_have_not_heard(desk: Desk) -> None:
    desk.mailbox.answers["RCPT"] = lambda server: _only_first(desk.mailbox)
    teller = desk.teller(MAILS + desk.hook())
    with pytest.raises(ToolUnavailable, match=r"1 of 3 notices did not go out: the mail server .* refused: 450 later"):
        await teller.send(notice())
    assert (len(desk.mailbox.kept), len(desk.web.asked)) == (1, 1)
    desk.mailbox.answers.clear()
    await teller.send(notice())
    assert (len(desk.mails()), len(desk.web.asked)) == (2, 1)


async def _only_first(mailbox: Mailbox) -> str:
    mailbox.answers["RCPT"] = "450 later"
    return "250 OK"


async def test_one_who_cannot_be_told_keeps_nobody_else_from_hearing(desk: Desk) -> None:
    desk.mailbox.answers["RCPT"] = lambda server: _not_the_first(desk.mailbox)
    with pytest.raises(ToolFailed, match=r"1 of 2 notices did not go out: .* 550 nobody here"):
        await desk.teller().send(notice())
    assert len(desk.mailbox.kept) == 1


async def _not_the_first(mailbox: Mailbox) -> str:
    del mailbox.answers["RCPT"]
    return "550 nobody here"


async def test_a_mail_that_may_have_gone_out_is_sent_again(desk: Desk) -> None:
    desk.mailbox.answers["DATA"] = hang_up
    with pytest.raises(ToolUnavailable, match="2 of 2 notices did not go out"):
        await desk.teller().send(notice())


HOSTILE = "Send?\r\nBcc: eve@example.com\r\n\r\n<script>alert(1)</script>\x1b[2J\u202e <!channel> [x](http://e.example)"


async def test_nothing_in_a_question_becomes_a_header_a_line_or_markup(desk: Desk) -> None:
    changes = {"question": HOSTILE, "gate": "g\r\nBcc: eve@example.com"}
    one = notice(**changes).model_copy(update={"workflow_id": "run\r\nBcc: eve@example.com\r\n\r\nx"})
    await desk.teller(MAILS + desk.hook()).send(one)
    for mail in desk.mails().values():
        assert set(mail.keys()) == {
            "Auto-Submitted",
            "Content-Transfer-Encoding",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To",
        }
        text = text_of(mail)
        assert "Send? Bcc: eve@example.com <script>alert(1)</script> [2J <!channel> [x](http://e.example)\n" in text
        assert all(c.isprintable() or c == "\n" for c in text)
        assert not any(line.startswith("Bcc") for line in text.splitlines())
    (asked,) = desk.web.asked
    told = json.loads(asked.body)
    assert told["question"].isprintable()
    assert not set("<>[]") & set(told["text"])
    assert "\n" not in told["link"]


def genuine(headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it."""
    stamp, value = (part.partition("=")[2] for part in headers["x-signoff-signature"].split(","))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return abs(time.time() - int(stamp)) < 60 and hmac.compare_digest(value, expected)


async def test_the_webhook_is_posted_signed_json_once_whoever_is_asked(desk: Desk) -> None:
    await desk.teller(desk.hook()).send(notice(signed=True))
    (asked,) = desk.web.asked
    assert (asked.method, asked.target, asked.headers["content-type"]) == (
        "POST",
        "/api/hook-token",
        "application/json",
    )
    assert genuine(asked.headers, asked.body)
    assert not genuine(asked.headers, asked.body + b" ")
    told = json.loads(asked.body)
    assert told["type"] == "signoff.notice/1"
    assert (told["kind"], told["gate"], told["workflow_id"]) == ("opened", "review-email", RUN)
    assert (told["waits_on"], told["needed"], told["deadline"]) == (["role:lead"], 2, "2026-11-23T10:00:00+00:00")
    assert told["commands"][1].endswith("--key FILE")
    assert told["text"].startswith("review-email of sales-follow-up waits for a decision, until 2026-11-23 10:00 UTC: ")
    assert told["text"].endswith(told["link"])
    assert desk.mailbox.kept == []


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(500), ToolUnavailable, "answered 500"),
        (answer(429, more="retry-after: 7\r\n"), ToolUnavailable, "answered 429"),
        (answer(404), ToolFailed, "answered 404"),
        (answer(302, more="location: http://elsewhere.example/\r\n"), ToolFailed, "a redirect, which is not followed"),
        (HANGS_UP, ToolUnavailable, "was asked, and cut off"),
        (None, ToolUnavailable, "was asked, and cut off \\(no answer in time\\)"),
    ],
    ids=["an error", "too many", "not there", "a redirect", "hangs up", "silence"],
)
async def test_a_webhook_that_fails_is_named_without_what_gives_access(
    desk: Desk, said: bytes | None, error: type[ToolFailed | ToolUnavailable], words: str
) -> None:
    desk.web.answers = [said]
    with pytest.raises(error, match=words) as raised:
        await desk.teller(desk.hook()).send(notice())
    assert f"the webhook at localhost:{desk.web.port} " in raised.value.message
    assert "hook-token" not in raised.value.message
    assert SECRET not in raised.value.message
    assert raised.value.__cause__ is None
    assert len(desk.web.asked) == 1
    if b"retry-after" in (said or b""):
        assert raised.value.next_retry_delay == timedelta(seconds=7)


async def test_a_webhook_that_is_not_there_is_tried_again(desk: Desk) -> None:
    hook = 'webhook = "http://localhost:9/hook-token"\n'
    with pytest.raises(ToolUnavailable, match="localhost:9 was not reached") as raised:
        await desk.teller(hook).send(notice())
    assert "hook-token" not in raised.value.message


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"kind": GateKind.QUESTION}, "answer RUN --gate review-email --by ann --text ANSWER"),
        (
            {"kind": GateKind.OUTCOME, "choices": ("yes", "no")},
            "answer RUN --gate review-email --by ann --choice '1|2'",
        ),
        ({"signed": True}, "approve RUN --gate review-email --by ann --key FILE"),
    ],
)
async def test_every_kind_of_gate_is_told_with_the_command_that_decides_it(
    desk: Desk, changes: dict[str, Any], command: str
) -> None:
    await desk.teller().send(notice(**changes))
    text = text_of(desk.mails()["ann@example.com"])
    assert f"signoff {command.replace('RUN', repr(RUN))}\n" in text
    assert ("Choices: 1 yes; 2 no" in text) == bool(changes.get("choices"))


async def test_without_a_list_or_a_way_nobody_is_told(desk: Desk, tmp_path: Path) -> None:
    await desk.teller("").send(notice())
    unset = NoticesActivities(load_settings({}, tmp_path))
    await unset.send(notice())
    await unset.close()
    assert (desk.mailbox.kept, desk.web.asked) == ([], [])


async def test_a_file_that_went_bad_is_named_and_tried_again(desk: Desk, tmp_path: Path) -> None:
    teller = desk.teller()
    (tmp_path / "people.toml").write_text("[approvers", encoding="utf-8")
    with pytest.raises(ToolUnavailable, match="which is not TOML"):
        await teller.send(notice())
