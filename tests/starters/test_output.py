"""What may be shown on a terminal."""

import json
from typing import Any

import pytest

from starters.cli.output import clean, clean_line, emit
from starters.cli.subjects import render


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/bold]", "plain [bold]text[/bold]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1;2|payload\x1b\\after", "after"),
        ("bell\x07 back\x08 del\x7f c1\x9b31m", "bell\\x07 back\\x08 del\\x7f c1\\x9b31m"),
        ("over\rwritten\r\nline", "over\\rwritten\nline"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("Zoë Müller, 東京, می‌خواهم\u00a0and\ttabs\n", "Zoë Müller, 東京, می‌خواهم\u00a0and\ttabs\n"),
        ("\ud800", "\\ud800"),
    ],
)
def test_text_of_others_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_line_is_one_line() -> None:
    assert clean_line("a\n\nb\t c\u2028d") == "a b c\\u2028d"


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "Zoë\n\u202e\x9b"}
    emit(value)
    said = capsys.readouterr().out
    assert said.isascii()
    assert said.count("\n") == 1
    assert json.loads(said) == value


CALENDAR = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:a call about sche\r\n duling\r\n"
    "DTSTART;TZID=Europe/Berlin:20261127T100000\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_everything_that_is_approved_is_shown() -> None:
    subject: Any = {
        "to": {"name": "Zoë", "email": "zoe@example.com"},
        "subject": "Hello \x1b[2K",
        "body": "Dear Zoë,\n\nbye\n",
        "invitation": CALENDAR,
        "cc": None,
        "tags": ["a", 1],
    }
    shown = render(subject)
    assert shown == (
        "to: Zoë <zoe@example.com>\nsubject: Hello \n\nbody:\nDear Zoë,\n\nbye\n\ninvitation:\n\n"
        "    SUMMARY:a call about scheduling\n    DTSTART;TZID=Europe/Berlin:20261127T100000\n\n"
        'tags:\n[\n  "a",\n  1\n]'
    )


def test_a_subject_that_is_no_object_is_shown_as_it_is() -> None:
    assert render("Which \x07lead?") == "Which \\x07lead?"
