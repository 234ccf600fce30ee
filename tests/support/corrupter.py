"""Ways in which models break a valid reply: each takes the JSON text of an object that is not empty, and a source of
chance, seeded by the caller.

A reply that has nothing to break (no string, no number, ...) stays as it is. `VALID` names those that leave valid JSON,
so that a type that is wide enough may take them at their word.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

Corruption = Callable[[str, Random], str]

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_KEY = re.compile(r'"([A-Za-z_]\w*)"(\s*:)')
_FORGETTABLE_COMMA = re.compile(r',(?=\n\s*"(?:[^"\\]|\\.)*":)')
_NAMES = {"true": "True", "false": "False", "null": "None"}


def as_xml(value: Any, *, within: bool = False) -> str:
    """A JSON object as XML elements. A list is its element again and again, or `within` one: an <item> for each.

    A list of one has an <item> in any case: its element alone would be that of its item, where the type is a choice.
    """
    return f"<reply>{_members(value, within)}</reply>"


def _members(value: Mapping[str, Any], within: bool) -> str:
    return "".join(_field(name, one, within) for name, one in value.items())


def _field(name: str, value: Any, within: bool) -> str:
    if isinstance(value, list) and len(value) > 1 and not within:
        return "".join(_element(name, one, within) for one in value)
    return _element(name, value, within)


def _element(name: str, value: Any, within: bool) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w.-]*", name):
        return f"<entry>{_element('key', name, within)}{_element('value', value, within)}</entry>"
    if isinstance(value, dict):
        return f"<{name}>{_members(value, within)}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(_element('item', one, within) for one in value)}</{name}>"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"<{name}>{text.replace('&', '&amp;').replace('<', '&lt;')}</{name}>"


def _outside_strings(text: str, change: Callable[[str], str]) -> str:
    parts, at = [], 0
    for string in _STRING.finditer(text):
        parts += [change(text[at : string.start()]), string[0]]
        at = string.end()
    return "".join((*parts, change(text[at:])))


def _one_of(places: Iterable[re.Match[str]], text: str, chance: Random, new: Callable[[re.Match[str]], str]) -> str:
    """The text with one of these places replaced."""
    found = list(places)
    if not found:
        return text
    one = chance.choice(found)
    return text[: one.start()] + new(one) + text[one.end() :]


def _string_values(text: str, like: str = ".+") -> list[re.Match[str]]:
    """The strings that are no keys, and look like this."""
    strings = (found for found in _STRING.finditer(text) if not re.match(r"\s*:", text[found.end() :]))
    return [found for found in strings if re.fullmatch(like, found[0][1:-1], re.DOTALL)]


def _in_a_string(text: str, chance: Random, inserted: str) -> str:
    return _one_of(_string_values(text), text, chance, lambda found: f'"{inserted}{found[0][1:]}')


def _prose(text: str, chance: Random) -> str:
    before = chance.choice(["Sure! Here it is:\n\n", "As asked [see above], for {name}: ", "**Reply**\n"])
    return before + text + chance.choice(["\n\nAnything else?", " (that is all)", "\nI left {name} out."])


def _fence(text: str, chance: Random) -> str:
    return f"```{chance.choice(['json', '', 'JSON'])}\n{text}\n```"


def _scratchpad(text: str, chance: Random) -> str:
    tag = chance.choice(["thinking", "think"])
    return f'<{tag}>First I try {{"title": "no"}}, then {text[: len(text) // 2]}</{tag}>\n{text}'


def _single_quotes(text: str, chance: Random) -> str:
    return _STRING.sub(lambda found: "'" + found[0][1:-1].replace('\\"', '"').replace("'", "\\'") + "'", text)


def _python_names(text: str, chance: Random) -> str:
    return _outside_strings(text, lambda part: re.sub(r"true|false|null", lambda found: _NAMES[found[0]], part))


def _raw_line_ends(text: str, chance: Random) -> str:
    raw = {"\\n": "\n", "\\t": "\t"}
    return re.sub(r"\\.", lambda found: raw.get(found[0], found[0]), text)


def _comments(text: str, chance: Random) -> str:
    comment = chance.choice([" // noted\n", " /* from the notes */ ", " # noted\n"])
    return _outside_strings(text, lambda part: part.replace(",", f",{comment}"))


def _missing_comma(text: str, chance: Random) -> str:
    lines = json.dumps(json.loads(text), indent=1)
    return _one_of(_FORGETTABLE_COMMA.finditer(lines), lines, chance, lambda found: "")


def _missing_bracket(text: str, chance: Random) -> str:
    """Not the last one."""
    outside = _STRING.sub(lambda found: "_" * len(found[0]), text.rstrip()[:-1])
    found = [place.start() for place in re.finditer(r"[\]}]", outside)]
    at = chance.choice(found) if found else len(text)
    return text[:at] + text[at + 1 :]


def _nan(text: str, chance: Random) -> str:
    spelt = chance.choice(["NaN", "Infinity", "-Infinity"])
    numbers = re.compile(r"(?<![\w.+-])-?\d[\d.eE+-]*")
    hidden = _STRING.sub(lambda found: "_" * len(found[0]), text)
    places = [found.span() for found in numbers.finditer(hidden)]
    if not places:
        return text
    start, end = chance.choice(places)
    return text[:start] + spelt + text[end:]


def _unescaped_quote(text: str, chance: Random) -> str:
    """Around a word."""
    word = re.compile(r"(?<![\\\w])\w+")

    def quoted(found: re.Match[str]) -> str:
        inner = found[0][1:-1]
        return f'"{_one_of(word.finditer(inner), inner, chance, lambda one: chr(34) + one[0] + chr(34))}"'

    return _one_of(_string_values(text), text, chance, quoted)


def _changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    tree = json.loads(text)
    change(tree)
    return json.dumps(tree, ensure_ascii=False)


def _duplicate(text: str, chance: Random) -> str:
    name, value = chance.choice(list(json.loads(text).items()))
    other = f"{value}!" if isinstance(value, str) else value
    return f"{text.rstrip()[:-1]}, {json.dumps(name)}: {json.dumps(other)}}}"


def _wrong_type(text: str, chance: Random) -> str:
    def change(tree: dict[str, Any]) -> None:
        name = chance.choice(list(tree))
        tree[name] = 12345 if isinstance(tree[name], dict | list) else {"text": tree[name]}

    return _changed(text, change)


def _extra_inside(text: str, chance: Random) -> str:
    """In an object within the reply; in the reply itself where there is none."""

    def objects(value: Any) -> list[dict[str, Any]]:
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        return [one for part in inner for one in ([part] if isinstance(part, dict) else []) + objects(part)]

    return _changed(text, lambda tree: chance.choice(objects(tree) or [tree]).update(confidence="high"))


def _out_of_range(text: str, chance: Random) -> str:
    return _one_of(_string_values(text, "[a-z_]+"), text, chance, lambda found: f'{found[0][:-1]}_or_other"')


def _two_answers(text: str, chance: Random) -> str:
    between = chance.choice(["\n\nOr rather:\n", "\n", "\n```\nA better one:\n```json\n"])
    return text + between + _wrong_type(text, chance)


def _cut(text: str, chance: Random) -> str:
    whole = text.rstrip()
    return whole[: chance.randint(1, max(1, len(whole) - 2))]


def _cut_by_repeating(text: str, chance: Random) -> str:
    return _cut(text, chance) + chance.choice(["very ", "\n", '", "', "[", "1"]) * chance.randint(50, 2000)


CORRUPTIONS: Mapping[str, Corruption] = {
    "prose around it": _prose,
    "code fence": _fence,
    "scratchpad before it": _scratchpad,
    "said twice": lambda text, chance: f"{text}\n\n```json\n{text}\n```",
    "byte order mark": lambda text, chance: f"\ufeff{text}",
    "trailing comma": lambda text, chance: text.rstrip()[:-1] + ",\n}",
    "single quotes": _single_quotes,
    "typographic quotes": lambda text, chance: _STRING.sub(lambda found: f"\u201c{found[0][1:-1]}\u201d", text),
    "Python's names": _python_names,
    "a Python dict": lambda text, chance: repr(json.loads(text)),
    "keys without quotes": lambda text, chance: _KEY.sub(r"\1\2", text),
    "comments": _comments,
    "raw line ends in a string": _raw_line_ends,
    "missing comma": _missing_comma,
    "missing closing brace": lambda text, chance: text.rstrip()[:-1],
    "a closing brace too many": lambda text, chance: text + "}",
    "JSON in a string": lambda text, chance: json.dumps(text),
    "in a list": lambda text, chance: f"[{text}]",
    "cut off": _cut,
    "cut off while repeating itself": _cut_by_repeating,
    "missing closing bracket": _missing_bracket,
    "unescaped quote": _unescaped_quote,
    "wrong escape": lambda text, chance: _in_a_string(text, chance, r"\d"),
    "NaN": _nan,
    "duplicate key": _duplicate,
    "wrong type": _wrong_type,
    "missing field": lambda text, chance: _changed(text, lambda tree: tree.pop(next(iter(tree)))),
    "extra field": lambda text, chance: _changed(text, lambda tree: tree.update(confidence=0.9)),
    "extra field inside": _extra_inside,
    "enum out of range": _out_of_range,
    "truncated UTF-8": lambda text, chance: _in_a_string(text, chance, "\u20ac".encode()[:2].decode(errors="replace")),
    "half a surrogate pair": lambda text, chance: _in_a_string(text, chance, "\ud83d"),
    "under another key": lambda text, chance: f'{{"result": {text}}}',
    "XML instead": lambda text, chance: as_xml(json.loads(text)),
    "left out": lambda text, chance: text.rstrip()[:-1] + ", ...}",
    "left out in a comment": lambda text, chance: text.rstrip()[:-1] + ", // ... as before\n}",
    "two answers": _two_answers,
    "scratchpad without an end": lambda text, chance: f"<thinking>I might say {text}",
    "nested without end": lambda text, chance: f'{text.rstrip()[:-1]}, "x": {"[" * 10_000}{"]" * 10_000}}}',
    "prose alone": lambda text, chance: "I am sorry, I cannot do that.",
    "empty reply": lambda text, chance: chance.choice(["", "  \n", "```json\n```"]),
}

VALID = frozenset(
    {"wrong type", "missing field", "extra field", "extra field inside", "enum out of range", "under another key"}
)
