"""Where the reply stands in what a model sent: its private scratchpad before it, prose and code fences around it.

What is left out is prose, never a part of the reply: text that looks like a member, a brace without its other half,
and a second object that says something else are refused.
"""

import json
import re
from dataclasses import dataclass, replace

from activities.llm.literals import Unreadable
from activities.llm.repair import Read, read

_PLACEHOLDER = r"\{?\s*[\w.\u2026][\w .\u2026-]{0,60}\}"
_OBJECT = re.compile(rf"\{{(?!{_PLACEHOLDER})|\[(?=\s*+[\[{{\"'\u201c])")
"""Where an object begins. Prose holds {placeholders} and [notes] too."""
_ANY = re.compile(rf"\{{(?!{_PLACEHOLDER})|\[")
_XML = re.compile(r"<reply\b", re.IGNORECASE)
_THINKING = re.compile(r"<(think|thinking|scratchpad)(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_THOUGHT = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("think", "thinking", "scratchpad")}
_THOUGHT_ONLY = re.compile(r"</(?:think|thinking|scratchpad)\s*>", re.IGNORECASE)
_BLANKS = "\ufeff \n\r\t"
_OPENING = re.compile(r"[\s\ufeff]*+(?:```\w*+\s*+)?")
_MEMBER = re.compile(r"[\"'\u201c]\w++[\"'\u201d]\s*+:")
_BRACES = re.compile(rf"\{{{_PLACEHOLDER}\}}?|([{{}}])")
_GOES_ON = frozenset(",:\"'\u201c\u201d\u2018\u2019")
"""What stands after an object only where that was not its end."""
_TOO_MANY = re.compile(r"[\s}\]]*+")


@dataclass(frozen=True)
class Parts:
    """A reply without its scratchpad, and the scratchpad."""

    reply: str
    thoughts: str


def parts(text: str, *, xml: bool = False) -> Parts:
    """Take out what the model thought before its reply; a thought without an end is all there is.

    Only what stands before the reply is a scratchpad: a string in the reply may speak of <thinking>.
    """
    if text.lstrip(_BLANKS).startswith('"'):
        return Parts(text, "")
    begins = _XML if xml else _OBJECT
    first = begins.search(text)
    if ended := _only_ended(text, first):
        return Parts(text[ended.end() :], text[: ended.start()].strip())
    kept, thoughts, at = [], [], 0
    while (tag := _THINKING.search(text, at)) and not begins.search(text, at, tag.start()):
        kept.append(text[at : tag.start()])
        end = _THOUGHT[tag[1].lower()].search(text, tag.end())
        thoughts.append(text[tag.end() : end.start() if end else len(text)].strip())
        at = end.end() if end else len(text)
    return Parts("".join((*kept, text[at:])), "\n\n".join(thoughts))


def _only_ended(text: str, first: re.Match[str] | None) -> re.Match[str] | None:
    """The end of a scratchpad that the chat's template began, so that only its end is in the text."""
    if _THINKING.search(text) or (first and _OPENING.fullmatch(text, 0, first.start())):
        return None
    return _THOUGHT_ONLY.search(text)


def found(text: str, *, any_value: bool) -> Read:
    """The one value that the text holds: an object, or with `any_value` whatever JSON has. Raises Unreadable."""
    whole = text.strip(_BLANKS)
    if not whole:
        raise Unreadable("the reply is empty")
    if whole[0] == '"' and (string := _only_string(whole)) is not None:
        return string if any_value else _unwrapped(_inside(string))
    begins = _ANY if any_value else _OBJECT
    first = begins.search(whole)
    if first is None:
        if any_value:
            return _all_of(whole)
        raise Unreadable("it holds no object")
    value = read(whole, first.start())
    mended = _alone(whole[: first.start()], whole, value, begins)
    value = replace(value, defect=value.defect or mended)
    return value if any_value else _unwrapped(value)


def _only_string(whole: str) -> Read | None:
    """The text as one JSON string; None where it only begins with a quote."""
    try:
        return _all_of(whole)
    except Unreadable:
        return None


def _inside(string: Read) -> Read:
    """JSON that was written as a JSON string."""
    content = json.loads(string.json).strip()
    return replace(_all_of(content), defect="JSON in a string") if content.startswith(("{", "[")) else string


def _all_of(whole: str) -> Read:
    value = read(whole)
    if value.end < len(whole):
        raise Unreadable("it holds no JSON, or more than one value")
    return value


def _alone(before: str, whole: str, value: Read, begins: re.Pattern[str]) -> str:
    """Nothing but prose stands around the value; answers with what was mended."""
    at = value.end
    closing = _TOO_MANY.match(whole, at)
    at = closing.end() if closing else at
    mended = "a closing bracket too many" if whole[value.end : at].strip() else ""
    if whole[at : at + 1] in _GOES_ON or value.quotes & set(whole[at:].partition("\n")[0]):
        raise Unreadable("the object is closed too early")
    while again := begins.search(whole, at):
        repeated = read(whole, again.start())
        if repeated.json != value.json:
            raise Unreadable("it holds more than one object: send one")
        prose, at = whole[at : again.start()], repeated.end
        _only_prose(prose)
    _only_prose(before)
    _only_prose(whole[at:])
    refuse_thoughts(whole[at:])
    return mended


def refuse_thoughts(after: str) -> None:
    """What a scratchpad's end comes after may have been thought, not said. Raises Unreadable."""
    if _THOUGHT_ONLY.search(after):
        raise Unreadable("a scratchpad ends after it: think first, then answer")


def _only_prose(text: str) -> None:
    if _MEMBER.search(text) or any(brace[1] for brace in _BRACES.finditer(text)):
        raise Unreadable("there is JSON outside of the object: send one object and nothing else")


def _unwrapped(value: Read) -> Read:
    """The object; also that of a list with nothing else in it."""
    if value.members is None and value.json.startswith("[{"):
        inner = read(value.json, 1)
        if inner.end == len(value.json) - 1:
            return replace(inner, defect="an object in a list", twice=value.twice)
    return value
