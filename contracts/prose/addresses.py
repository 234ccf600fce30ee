"""Readers of mail addresses, links and phone numbers."""

import re

from contracts.prose.facts import Reader, Readings

_DOMAINS = "com|org|net|io|ai|co|dev|app|de|uk|fr|es|eu|jp|br|info|biz|example|test|shop|cloud|online|link|site|xyz"


def _address(match: re.Match[str]) -> list[Readings]:
    written = re.sub(r"^[a-z][a-z0-9+-]*:(//)?", "", match[0].lower().strip(".,;:!?'"))
    return [(("address", written.removeprefix("www.").rstrip("/")),)]


def _phone(match: re.Match[str]) -> list[Readings]:
    return [(("phone", re.sub(r"\D", "", match[0])),)]


# Every pattern starts where a word starts, so that a long word is tried once.
ADDRESS_READERS = (
    Reader("address", re.compile(r"(?<![\w.+@-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*"), _address),
    Reader("link", re.compile(r"(?<![\w+-])(?:[A-Za-z][A-Za-z0-9+-]*://|www\.|mailto:)[^\s<>\"()]+"), _address),
    Reader("link", re.compile(rf"(?<![\w.@-])(?:[\w-]+\.)+(?:{_DOMAINS})(?![\w-])(?:/[^\s<>\"()]*)?"), _address),
)

PHONE_READERS = (
    Reader(
        "phone number",
        re.compile(
            r"(?<![\w.,/])(?:(?:\+\d{1,3}|\(\d{2,5}\)|0\d)(?:[ ().\-/]{0,2}\d){5,14}"
            r"|(?:\d{3}[-. ])?\d{3}[-. ]\d{4})(?!\d)"
        ),
        _phone,
    ),
)
"""Read after the dates, which look alike."""
