"""Strings, numbers and words of JSON as models write them, each as JSON."""

import json
import re
from collections.abc import Set
from dataclasses import dataclass

_PLAIN_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
"""What a string may begin with, and what ends it then."""

_STRINGS = {
    opening: re.compile(rf"{opening}((?:[^{closing}\\]++|\\.)*+){closing}", re.DOTALL)
    for opening, closing in QUOTES.items()
}
_TWO_STRINGS = re.compile(r"[\"'\u2018-\u201d]\s*+[,:]\s*+[\"'\u2018-\u201d]")
_ODD = re.compile(r'\\(?:u[0-9a-fA-F]{4}|.)|["\x00-\x1f]', re.DOTALL)
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u.{4})')
_WORD = re.compile(r"[\w.+$-]++")
_BARE_KEY = re.compile(r"[A-Za-z_$][\w$]*+")
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_PYTHON = {"True": "true", "False": "false", "None": "null"}

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")

COMMENT = re.compile(r"(?://|#)[ \t][^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/")

_LETTER = re.compile(r"[^\W\d_]")
_LEFT_OUT = re.compile(r"\.\.\.|\u2026")
"""How a model says that it did not write all."""


class Unreadable(Exception):
    """There is no one reading of the text; says why, in words that a model can act upon."""


@dataclass(frozen=True)
class Literal:
    """A string, a number or a word as JSON, where it ended, and what was mended."""

    json: str
    end: int
    defect: str = ""
    ended: bool = True
    """Whether it cannot go on: a number at the text's end may be the beginning of one."""


def literal(text: str, at: int) -> Literal:
    """A value that is no object and no list. Raises Unreadable."""
    return _string(text, at) if text[at : at + 1] in QUOTES else _word(text, at)


def key(text: str, at: int) -> Literal:
    """A key, with or without quotes. Raises Unreadable."""
    if text[at : at + 1] in QUOTES:
        return _string(text, at)
    if bare := _BARE_KEY.match(text, at):
        return Literal(json.dumps(bare[0]), bare.end(), "a key without quotes")
    raise Unreadable(_breaks_off(text, at) or "a key in double quotes is missing")


def at_end(text: str, at: int) -> bool:
    """Whether nothing more comes, or only the end of a code fence."""
    return at >= len(text) or text.startswith("```", at)


def no_words(comment: str, quotes: Set[str]) -> str:
    """Why a comment may be more than words: the rest of a string that ends with one of these quotes, or of a number."""
    if _LEFT_OUT.search(comment):
        return "a comment says that something was left out: write the whole, without comments"
    if not _LETTER.search(comment) or not quotes.isdisjoint(comment):
        return "a comment may be a part of a value: write no comments"
    return ""


def _string(text: str, at: int) -> Literal:
    if plain := _PLAIN_STRING.match(text, at):
        return Literal(plain[0], plain.end())
    quote = text[at]
    found = _STRINGS[quote].match(text, at)
    if found is None:
        raise Unreadable("a string breaks off: its closing quote is missing")
    if (quote != QUOTES[quote] and quote in found[1]) or _TWO_STRINGS.search(found[1]):
        raise Unreadable("it is not clear where a string ends: write strings in double quotes")
    defect = "a character in a string is not escaped" if quote == '"' else "a quote that is not a double quote"
    return Literal(f'"{_ODD.sub(_escaped, found[1])}"', found.end(), defect)


def _escaped(odd: re.Match[str]) -> str:
    if odd[0] == "\\'":
        return "'"
    if len(odd[0]) == 1:
        return json.dumps(odd[0])[1:-1]
    if not _ESCAPE.fullmatch(odd[0]):
        raise Unreadable("a backslash in a string must be written as \\\\")
    return odd[0]


def _word(text: str, at: int) -> Literal:
    found = _WORD.match(text, at)
    word, end = (found[0], found.end()) if found else ("", at)
    if word in _LITERALS or NUMBER.fullmatch(word):
        return Literal(word, end, ended=word in _LITERALS)
    if word in _PYTHON:
        return Literal(_PYTHON[word], end, f"{word} is not JSON")
    if _LEFT_OUT.match(text, at):
        raise Unreadable("something was left out: write the whole")
    raise Unreadable(_breaks_off(text, end) or "a value is missing, or is not JSON")


def _breaks_off(text: str, at: int) -> str:
    return "the text breaks off" if at_end(text, at) else ""
