"""What was really sent."""

import mailbox
from email.message import EmailMessage
from pathlib import Path

from starters.maildir import find_mail, mail_text


def kept(folder: Path, message_id: str, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        "ann@example.org",
        "zoe@example.com",
        subject,
        message_id,
    )
    mail.set_content("Dear Zoë,\n\nbye\n")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="invitation.ics")
    mailbox.Maildir(folder).add(mail.as_bytes())


def test_a_mail_is_found_by_its_message_id_and_shown_with_what_is_attached(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    kept(folder, "<1@signoff>", "one")
    kept(folder, "<2@signoff>", "two, für Zoë")
    mail = find_mail(folder, "<2@signoff>")
    assert mail is not None
    assert mail_text(mail) == (
        "From: ann@example.org\nTo: zoe@example.com\nSubject: two, für Zoë\nMessage-ID: <2@signoff>\n\n"
        "Dear Zoë,\n\nbye\n\nAttached: invitation.ics"
    )


def test_a_mail_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert find_mail(tmp_path, "<1@signoff>") is None
