"""The check of a mail's words against its sources."""

import re
from collections.abc import Iterator, Sequence

from contracts.prose.facts import read_facts
from contracts.prose.layout import CLOSING, GREETING, PLACEHOLDER, SIGNATURE, control_characters
from contracts.prose.names import unknown_names
from contracts.prose.sources import READERS, Sources, read_sources
from contracts.prose.text import MASK, Folded, fold
from contracts.prose.words import PROMISES

MOST_PROBLEMS = 8
"""More would not help a model that is asked again."""

_LAYOUT = (
    (PLACEHOLDER, "is a placeholder; write what belongs there, or leave it out"),
    (GREETING, "is a greeting; leave it out, it is added later"),
    (CLOSING, "is a closing; leave it out, it is added later"),
    (SIGNATURE, "is a signature; leave it out, it is added later"),
)

Found = tuple[int, str]
"""Place in the mail as written, and the problem."""


def prose_problems(text: str, sources: Sequence[str]) -> list[str]:
    """What an English `text` says that no source says, in words that a model can act upon; at most 8, in order.

    Held against the sources by value: amounts, percentages, currencies, dates, weekdays, relative days ("next week"),
    times, names, addresses, links, phone numbers, and promises that bind. Refused in any case: placeholders,
    greetings and closings (code adds them), control characters.

    What it cannot see: a name, day or number of the sources in the wrong place; a claim in plain words ("it is easy");
    `one`, `first`, `twice` and `half`; a name in small letters; and where a sentence begins, a name that reads as a
    common word (`Will`, `Target`) or ends like one (-ly, -ing). Linear time in the length of the text and the sources.
    """
    mail, known = fold(text), read_sources(sources)
    found, masked = read_layout(mail, known)
    found += _promises(mail, masked, known)
    facts, masked = read_facts(masked, READERS)
    for fact in facts:
        if not known.support(fact.readings):
            found.append(_problem(mail, fact.start, fact.end, f"the {fact.noun} {{}} does not stand in the notes"))
    for start, end in unknown_names(mail, masked, known):
        found.append(_problem(mail, start, end, "{} is a name that the notes do not mention"))
    return list(dict.fromkeys(says for _, says in sorted(found, key=lambda problem: problem[0])))[:MOST_PROBLEMS]


def read_layout(mail: Folded, known: Sources) -> tuple[list[Found], str]:
    """What no text of a model may hold (control characters, placeholders, greetings, closings); the rest, masked."""
    found = [(place, f"the text holds {name}; leave it out") for place, name in control_characters(mail.original)]
    masked = mail.text
    for pattern, says in _LAYOUT:
        found += _layout(mail, masked, pattern, says, known)
        masked = pattern.sub(lambda match: MASK * len(match[0]), masked)
    return found, masked


def _problem(mail: Folded, start: int, end: int, says: str) -> Found:
    return mail.offsets[start], says.format(f'"{mail.quote(start, end)}"')


def _layout(mail: Folded, masked: str, pattern: re.Pattern[str], says: str, sources: Sources) -> Iterator[Found]:
    for match in pattern.finditer(masked):
        if match[0].casefold() != "insert" or "insert" not in sources.words:
            yield _problem(mail, match.start(), match.end(), "{} " + says)


def _promises(mail: Folded, masked: str, sources: Sources) -> Iterator[Found]:
    for says, stems in PROMISES:
        if not any(stem in sources.text for stem in stems):
            for match in re.finditer(rf"\b(?:{says})", masked, re.IGNORECASE):
                yield _problem(mail, match.start(), match.end(), "{} is a promise that the notes do not make")
