"""Notices by mail: over real SMTP, to those who are asked, and without a way in for anybody else's text."""

import json
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from activities.notices import NoticesActivities
from contracts.errors import ToolFailed, ToolUnavailable
from contracts.gates import GateKind
from runtime.settings import load_settings
from tests.activities.notice_desk import MAILS, NOW, RUN, Desk, notice
from tests.activities.tools.smtp import Mailbox, hang_up


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
