"""Reading logs: what each format says, and that no text costs more than it may."""

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activities.tools.log_report import MOST_LINES, report
from contracts.logs import Level
from tests.support.waiting import no_explosion

TRACEBACK = """Traceback (most recent call last):
  File "/opt/a.py", line 88, in book
    store.append(entry)
  File "/opt/b.py", line 214, in append
    write(block)
OSError: [Errno 28] No space left on device
"""


@pytest.mark.parametrize(
    ("line", "form", "level", "at"),
    [
        ("<27>1 2026-11-15T11:31:07+02:00 hub1 nh 812 - - reset", "syslog (RFC 5424)", "error", "2026-11-15T11:31:07"),
        ("<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 - x", "syslog (RFC 5424)", "info", "2003-10-11T22:14:15"),
        ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "syslog (RFC 3164)", "critical", "Oct 11 22:14:15"),
        ("Nov  9 03:58:12 hub nh[702]: FATAL: image is malformed", "syslog (RFC 3164)", "critical", "Nov  9 03:58:12"),
        ("2026-11-17 06:12:09,114 WARNING hub.backup: no", "ISO time", "warning", "2026-11-17 06:12:09,114"),
        ("[2026-11-17T06:12:09.1Z] [error] no", "ISO time", "error", "2026-11-17T06:12:09.1Z"),
        (
            '1.2.3.4 - a b [17/Nov/2026:18:05:01 +0530] "GET / HTTP/1.1" 502 96 "-"',
            "access log",
            "error",
            "17/Nov/2026",
        ),
        ('1.2.3.4 - - [17/Nov/2026:18:05:01 +0530] "GET / HTTP/1.1" 404 96 "-"', "access log", "warning", "17/Nov"),
        ('{"ts": "2026-11-14T05:02:11Z", "level": "ERROR", "msg": "no"}', "JSON", "error", "2026-11-14T05:02:11Z"),
        ('{"timestamp": 1763000000, "severity": "warn"}', "JSON", "warning", "1763000000"),
        ("ERROR: everything is gone", "plain", "error", None),
        ("no error was found", "plain", None, None),
    ],
)
def test_a_line_of_each_format_is_read(line: str, form: str, level: str | None, at: str | None) -> None:
    read = report(line)
    assert read.formats == {form: 1}
    assert list(read.levels) == ([Level(level)] if level else [])
    assert (read.first_time or "").startswith(at or "")
    assert (read.first_time is None) == (at is None)


def test_the_first_and_the_last_time_are_told_as_they_stand() -> None:
    read = report("started\n2026-11-17 06:12:09 INFO a\nb\nNov 19 03:58:12 hub x: c\n")
    assert (read.first_time, read.last_time) == ("2026-11-17 06:12:09", "Nov 19 03:58:12")


def test_lines_that_differ_in_their_numbers_are_one_problem_and_the_worst_come_first() -> None:
    lines = [f"2026-11-17 06:12:{n:02} ERROR desk {n}: lost after {n} s" for n in range(5)]
    read = report("\n".join([*lines, "2026-11-17 06:13:00 WARNING slow", "2026-11-17 06:13:00 FATAL broken"]))
    assert [(p.level, p.count, p.first.number) for p in read.problems] == [
        (Level.CRITICAL, 1, 7),
        (Level.ERROR, 5, 1),
        (Level.WARNING, 1, 6),
    ]
    assert read.problems[1].first.text == lines[0]


def test_a_traceback_is_one_exception_with_its_innermost_place() -> None:
    read = report(f"2026-11-17 06:12:09 ERROR failed\n{TRACEBACK}2026-11-17 06:12:10 INFO on\n{TRACEBACK}")
    (only,) = read.exceptions
    assert (only.count, only.first.number) == (2, 7)
    assert only.first.text == "OSError: [Errno 28] No space left on device"
    assert only.raised_at == 'File "/opt/b.py", line 214, in append'
    assert read.levels == {Level.INFO: 1, Level.ERROR: 1}


def test_a_traceback_that_breaks_off_takes_nothing_of_what_follows() -> None:
    read = report('Traceback (most recent call last):\n  File "a", line 1, in b\n2026-11-17 06:12:10 ERROR on\n')
    assert read.exceptions == ()
    assert read.levels == {Level.ERROR: 1}


def test_what_is_looked_for_is_found_whatever_its_case() -> None:
    read = report("one\nTwo Größen\nthree", "GRÖSSE")
    assert [line.number for line in read.found] == [2]
    assert report("one\n").found == ()


def test_an_empty_log_says_nothing() -> None:
    assert (report("").lines, report("\n").lines, report("a").lines, report("a\n").lines) == (0, 1, 1, 1)


def test_of_a_long_log_the_beginning_and_the_end_are_read() -> None:
    many = MOST_LINES * 2
    text = "FATAL: first\n" + "INFO x\n" * (many - 2) + "FATAL: last"
    read = report(text)
    assert (read.lines, read.skipped) == (many, MOST_LINES)
    assert [problem.first.number for problem in read.problems] == [1, many]
    assert [line.number for line in read.last_lines] == list(range(many - 7, many + 1))
    assert read.last_lines[-1].text == "FATAL: last"


HUGE = {
    "line ends": "\n" * 10_000_000,
    "no line end": "ERROR " + "x" * 10_000_000,
    "binary": os.urandom(10_000_000).decode("latin-1"),
    "errors, each its own": "".join(f"2026-11-13T09:42:12Z ERROR {chr(0x4E00 + n)}\n" * 9 for n in range(20_000)),
    "nested": ('{"a":' * 380 + "\n") * 5_000,
    "tracebacks": "Traceback (most recent call last):\n" * 290_000,
    "almost an access log": ("a b c [" + "x" * 1990 + "\n") * 5_000,
    "blanks": ("a " * 990 + "\n") * 5_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_ten_megabytes_of_anything_cost_little_time_and_say_little(text: str) -> None:
    with no_explosion():
        said = report(text, "zzz").model_dump_json()
    assert len(said) < 60_000


@given(st.text(max_size=3000), st.text(max_size=20))
@example("\0\x1b[31mERROR: red\x1b[0m\ud800", "\ud800")
@example("Traceback (most recent call last):\n\n \n", "")
def test_any_text_is_read_and_nothing_of_it_is_a_command(text: str, contains: str) -> None:
    read = report(text, contains)
    shown = [*read.found, *read.last_lines, *(one.first for one in read.problems)]
    shown += [one.first for one in read.exceptions]
    assert all(line.text.isprintable() and len(line.text) <= 300 for line in shown)
    assert read.lines == text.count("\n") + (text != "" and not text.endswith("\n"))
    assert sum(read.formats.values()) <= read.lines
