"""What the words of a mail must not hold whatever the sources say: forms, greetings, closings, control characters."""

import re
import unicodedata
from collections.abc import Iterator

PLACEHOLDER = re.compile(
    r"\[[^\]\n]{0,60}\]?|\{[^}\n]{0,60}\}{0,2}|<[A-Za-z/!?][^>\n]{0,60}>?|%[A-Za-z_]{1,30}%|\$[A-Za-z_]{3,30}"
    r"|\bX{2,3}\b|_{2,}|\b(?:TBD|TBC|TBA)\b"
    r"|(?i:\b(?:your name|first name|last name|company name|sender name|recipient name|your position|your title"
    r"|your contact information|placeholder|lorem ipsum|insert)\b)"
)
"""A field that nobody has filled in."""

GREETING = re.compile(
    r"^\W{0,3}(?:(?:dear|hi|hello|hey|greetings|to whom it may concern)(?![\w'-])[^\n,.!?]{0,40}"
    r"|good (?:morning|afternoon|evening|day)\b[^\n,.!?]{0,40}(?=[,!]))",
    re.IGNORECASE | re.MULTILINE,
)

_REGARDS = (
    r"(?:(?:(?:with|my) )?(?:(?:best|kind|kindest|warm|warmest|many) )?(?:regards|wishes)"
    r"|(?:yours )?sincerely(?: yours)?|yours (?:truly|faithfully)|respectfully(?: yours)?|cheers)"
)
_THANKS = r"(?:best|thanks|many thanks|thank you|yours|warmly|take care|talk soon|all the best)"
CLOSING = re.compile(
    rf"(?:^|(?<=[.!?]\s)){_REGARDS}[ ,.!-]{{0,3}}[^\n.!?]{{0,40}}$|^{_THANKS}(?:[,!-]{{0,2}}$|,[^\n.!?]{{0,40}}$)",
    re.IGNORECASE | re.MULTILINE,
)
"""On a line of its own, or after the last full stop."""

SIGNATURE = re.compile(r"(?<=\n)(?:- ?)?[A-Z][\w.'-]{0,20}(?: [A-Z][\w.'-]{0,20}){0,3}\s{0,9}\Z")
"""A last line of nothing but names."""


def control_characters(text: str) -> Iterator[tuple[int, str]]:
    """What a mail's body refuses (see contracts.mail.Body), with its place: bidi overrides, odd blanks, surrogates."""
    for place, letter in enumerate(text):
        if not letter.isprintable() and letter not in "\n\t":
            yield place, f"U+{ord(letter):04X} {unicodedata.name(letter, 'CONTROL')}"
