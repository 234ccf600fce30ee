"""What a process's name makes of itself: one stem for all of its files."""

import keyword
import re
from dataclasses import dataclass

from starters.failures import BAD_INPUT, Failure

LONGEST = 24
"""Characters of a name; the files' lines stay within the house's 120."""

_NAME = re.compile(r"[a-z]{2,}(-[a-z]+)*")
"""A single letter would be the name of its type and of its constant as well."""


@dataclass(frozen=True)
class Names:
    """`refund-check`: files `refund_check`, workflow type `RefundCheck`, constant `REFUND_CHECK`."""

    name: str

    @property
    def stem(self) -> str:
        """Of its files."""
        return self.name.replace("-", "_")

    @property
    def type(self) -> str:
        """Of its workflow, and what the names of its types begin with."""
        return "".join(word.capitalize() for word in self.name.split("-"))

    @property
    def constant(self) -> str:
        """What the catalogue knows it by."""
        return self.stem.upper()

    @property
    def title(self) -> str:
        """Of its page."""
        return self.name.replace("-", " ").capitalize()


def read_name(text: str) -> Names:
    """Raises Failure for what cannot be a process's name."""
    if not _NAME.fullmatch(text) or len(text) > LONGEST:
        how = f"small letters, words joined by hyphens, at most {LONGEST} characters, like refund-check"
        raise Failure(BAD_INPUT, f'"{text}" cannot be a process\'s name: {how}')
    names = Names(text)
    if keyword.iskeyword(names.stem) or keyword.issoftkeyword(names.stem):
        raise Failure(BAD_INPUT, f'"{text}" is a word of Python: give the process another name')
    return names
