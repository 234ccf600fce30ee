"""What people and models wrote is only text."""

from datetime import UTC, datetime, timedelta

import pytest

from starters.inbox.invitations import read_invitation
from starters.inbox.pages import _templates
from starters.inbox.text import relative, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 東京, مرحبا", "Grüße, 東京, مرحبا"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("a\r\nb", "a\nb"),
        ("pay \u202e001$", "pay [U+202E]001$"),
        ("a\u2066b\u2069", "a[U+2066]b[U+2069]"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("\x00\x1b[31m", "[U+0000][U+001B][31m"),
        ("\ud800", "[U+D800]"),
        ("a\u00adb\u2028c", "a[U+00AD]b[U+2028]c"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("10\u202f000\u00a0€", "10\u202f000\u00a0€"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_templates_escape_and_spell_out_whatever_they_are_given() -> None:
    template = _templates.from_string('<p title="{{ x }}">{{ x }}</p>')
    assert template.render(x='"<script>\u202e') == (
        '<p title="&#34;&lt;script&gt;[U+202E]">&#34;&lt;script&gt;[U+202E]</p>'
    )
    assert _templates.from_string("{{ x|as_typed }}").render(x="<\u202e\ud800") == "&lt;\u202e?"
    assert _templates.from_string("{{ x|with_code }}").render(x="type `a<b`") == "type <code>a&lt;b</code>"


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=20), "in less than a minute"),
        (timedelta(minutes=59, seconds=40), "in 1 h"),
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(hours=47, minutes=59), "in 48 h"),
        (timedelta(days=3), "in 3 days"),
        (-timedelta(hours=2), "2 h ago"),
    ],
)
def test_times_are_said_as_people_say_them(away: timedelta, words: str) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert relative(now + away, now) == words


ICS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
SUMMARY:stock\\, control\\nand a long line that is folded in the mid\r
 dle\r
DTSTART;TZID=Europe/Lisbon:20261203T100000\r
DTEND;TZID=Europe/Lisbon:20261203T103000\r
UID:x\r
ATTENDEE;CN="Ann ^'x^'; Lee: y":mailto:ann@example.com\r
ORGANIZER:MAILTO:bob@example.com\r
RRULE:FREQ=DAILY\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_an_invitation_is_told_whole() -> None:
    found = read_invitation(ICS)
    assert found is not None
    assert dict(found.rows) == {
        "When": "Thursday, 3 December 2026, 10:00 to 10:30 (Europe/Lisbon)",
        "What": "stock, control\nand a long line that is folded in the middle",
        "To": 'Ann "x"; Lee: y <ann@example.com>',
        "From": "bob@example.com",
        "RRULE": "FREQ=DAILY",
    }


@pytest.mark.parametrize(
    ("change", "when"),
    [
        (
            ("DTSTART;TZID=Europe/Lisbon:20261203T100000", "DTSTART:20261203T100000Z"),
            "Thursday, 3 December 2026, 10:00",
        ),
        (("DTSTART;TZID=Europe/Lisbon:20261203T100000", "DTSTART;VALUE=DATE:20261203"), "20261203 to 20261203T103000"),
        (("DTSTART;TZID=Europe/Lisbon:20261203T100000", "DTSTART:99999999T999999"), "99999999T999999 to"),
    ],
)
def test_other_forms_of_a_time_are_told_too(change: tuple[str, str], when: str) -> None:
    found = read_invitation(ICS.replace(*change))
    assert found is not None
    assert dict(found.rows)["When"].startswith(when)


def test_of_two_meetings_in_one_invitation_none_is_picked() -> None:
    event = ICS[ICS.index("BEGIN:VEVENT") : ICS.index("END:VCALENDAR")]
    for twice in (event + event, event.replace("UID:x", "DTSTART:20270101T000000Z")):
        found = read_invitation(ICS.replace(event, twice))
        assert found is not None
        assert (found.rows, "BEGIN:VEVENT" in found.text) == ((), True)
    assert read_invitation("Dear Ann,") is None
