"""Sentences that rest on quotations: which of them hold is decided here, by code. What does not hold is dropped."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.library import Passage
from contracts.quotations import find_quotation

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")
_LINK = re.compile(r"https?:|www\.|\S@\S", re.IGNORECASE)


class Quoted(BaseModel):
    """Words that a model says are in a passage."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1, le=40, description="the number of the passage that holds the words")
    quote: Annotated[str, StringConstraints(min_length=12, max_length=400, strip_whitespace=True)] = Field(
        description="copied letter by letter from that passage, in its language; whole words, best a whole sentence"
    )


class Claim(BaseModel):
    """One sentence of an answer, with the words that it rests on."""

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, StringConstraints(min_length=5, max_length=500, strip_whitespace=True)] = Field(
        description="one sentence, in the language of the question; it says nothing that its quotations do not say"
    )
    quotes: tuple[Quoted, ...] = Field(min_length=1, max_length=4)


class Citation(BaseModel):
    """A quotation that was found: the characters `start` to `end` of the file whose SHA-256 is `sha256`."""

    model_config = ConfigDict(frozen=True)

    quote: str = Field(description="as it stands in the file, line breaks included")
    file: str
    title: str
    heading: str
    dated: date | None = None
    start: int
    end: int
    sha256: str


class CitedStatement(BaseModel):
    """A sentence whose quotations were all found."""

    model_config = ConfigDict(frozen=True)

    text: str
    citations: tuple[Citation, ...]


class Dropped(BaseModel):
    """A sentence that was left out, and why."""

    model_config = ConfigDict(frozen=True)

    text: str
    why: str


def cited(quoted: Quoted, passages: Sequence[Passage]) -> Citation | None:
    """Where the words stand; None where they do not stand in the passage of that number."""
    if quoted.number > len(passages):
        return None
    passage = passages[quoted.number - 1]
    if (place := find_quotation(quoted.quote, passage.text)) is None:
        return None
    first, last = place
    return Citation(
        quote=passage.text[first:last],
        **passage.model_dump(include={"file", "title", "heading", "dated", "sha256"}),
        start=passage.start + first,
        end=passage.start + last,
    )


def examined(claim: Claim, passages: Sequence[Passage]) -> CitedStatement | Dropped:
    """The sentence with its sources, or why it is dropped: one wrong quotation is enough."""
    found = []
    for quoted in claim.quotes:
        if (citation := cited(quoted, passages)) is None:
            return Dropped(text=claim.text, why=f"{quoted.quote!r} does not stand in passage {quoted.number}")
        found.append(citation)
    if holds_link(claim.text):
        return Dropped(text=claim.text, why="it holds a link or an address, which no answer needs")
    said = _numbers(" ".join(citation.quote for citation in found))
    if alone := sorted(_numbers(claim.text) - said):
        return Dropped(text=claim.text, why=f"it says {', '.join(alone)}, which none of its quotations does")
    return CitedStatement(text=claim.text, citations=tuple(found))


def holds_link(text: str) -> bool:
    """Whether it sends its reader somewhere: an answer names its sources, and needs no link of a document's."""
    return bool(_LINK.search(text))


def sorted_out(
    claims: Sequence[Claim], passages: Sequence[Passage]
) -> tuple[tuple[CitedStatement, ...], tuple[Dropped, ...]]:
    """What holds, and what was dropped."""
    looked = [examined(claim, passages) for claim in claims]
    kept = tuple(one for one in looked if isinstance(one, CitedStatement))
    return kept, tuple(one for one in looked if isinstance(one, Dropped))


def _numbers(text: str) -> set[str]:
    """Without what groups their digits, which languages write differently."""
    return {re.sub(r"\D", "", number) for number in _NUMBER.findall(text)}
