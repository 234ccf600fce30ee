"""Articles in Markdown, cut at their headings into parts that can be cited to the letter."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from contracts.knowledge import LONGEST_HIT

_LINE = re.compile(r"[^\n]*\n?")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t#]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LONGEST_HEADING = 200


class Section(NamedTuple):
    """The characters `start` to `end` of an article, under their headings."""

    heading: str
    start: int
    end: int
    text: str


class _Block(NamedTuple):
    heading: str
    start: int
    end: int


def sections(article: str, longest: int = LONGEST_HIT, overlap: int = 0) -> list[Section]:
    """The parts of an article, each at most `longest` characters, without blanks at either end.

    `overlap`: about so many characters of a piece stand again at the head of the next one of the same section, so that
    what is said across a cut is found whole. Less than half of `longest`.
    """
    found = []
    for heading, start, end in _blocks(article):
        for first, last in _pieces(article, start, end, longest, overlap):
            text = article[first:last]
            inside = text.strip()
            if inside:
                at = first + text.index(inside)
                found.append(Section(heading, at, at + len(inside), inside))
    return found


def _blocks(article: str) -> Iterator[_Block]:
    """What stands between two headings. A `#` within a fenced block is none."""
    path: list[tuple[int, str]] = []
    start, fence = 0, ""
    for line in _LINE.finditer(article):
        text = line[0].rstrip()
        mark = _FENCE.match(text)
        if mark and (not fence or (mark[1].startswith(fence) and not text.strip(fence[0] + " "))):
            fence = "" if fence else mark[1]
        elif not fence and (found := _HEADING.match(text)):
            yield _Block(_named(path), start, line.start())
            depth = len(found[1])
            path = [*((level, name) for level, name in path if level < depth), (depth, found[2])]
            start = line.end()
    yield _Block(_named(path), start, len(article))


def _named(path: list[tuple[int, str]]) -> str:
    return " > ".join(name for _, name in path)[:_LONGEST_HEADING]


def _pieces(article: str, start: int, end: int, longest: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Cut where a paragraph ends, else where a line does, else a sentence, else a word, else anywhere."""
    while end - start > longest:
        cut = _break(article, start + longest // 2, start + longest) or start + longest
        yield start, cut
        start = max(_again(article, cut, overlap), start + 1)
    yield start, end


def _break(article: str, low: int, high: int) -> int:
    """The last good place for a cut; 0 where there is none. Not too early: a piece of a few words is none."""
    for mark in ("\n\n", "\n", ". ", " "):
        at = article.rfind(mark, low, high)
        if at >= low:
            return at + len(mark)
    return 0


def _again(article: str, cut: int, overlap: int) -> int:
    """Where the next piece begins: at the first sentence, else the first word, of the overlap."""
    if not overlap:
        return cut
    for mark in (". ", "\n", " "):
        at = article.find(mark, cut - overlap, cut - len(mark))
        if at >= 0:
            return at + len(mark)
    return cut - overlap
