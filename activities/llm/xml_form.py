"""A reply as XML elements, read as models write it: no closing tag may be missing, and nearly all else is overlooked.

Not with an XML parser: those refuse `R & D` and `a < b`, which models write, and offer entities, which nobody needs.
Here nothing is expanded but the five entities of XML and character numbers, nothing is fetched, and each tag is looked
at once. What stands in an element is text unless the contract's schema says otherwise, markup of the model's included.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from activities.llm.literals import Unreadable

_ROOT = "reply"
_SHOWN_NAME = 40
_TAG = re.compile(
    r"<(?P<close>/)?(?P<name>[A-Za-z_][\w.-]*+)"
    r"(?P<attributes>(?:\s++[\w.:-]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)\s*+(?P<empty>/)?>"
)
_ATTRIBUTE = re.compile(r"([\w.:-]++)\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_MARK = re.compile(r"<!\[CDATA\[|<!--|<(?=[/A-Za-z_])")
_CDATA, _COMMENT = "<![cdata[", "<!--"
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(frozen=True)
class Tag:
    """A tag; a CDATA section or a comment has the name of its opening."""

    written: str
    start: int
    end: int
    close: bool = False
    empty: bool = False
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In lower case: models are not careful."""
        return self.written.lower()


@dataclass(frozen=True)
class Element:
    """An element; `first` and `last` bound its tags, `start` and `end` its text."""

    written: str
    start: int
    end: int
    first: int
    last: int
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In lower case."""
        return self.written.lower()


def holds_xml(text: str) -> bool:
    """Whether a reply in this form begins in the text."""
    return re.search(rf"<{_ROOT}\b", text, re.IGNORECASE) is not None


class Document:
    """The tags of a text and which of them belong together. Raises Unreadable, here and in each of its methods."""

    def __init__(self, text: str, fields: frozenset[str]) -> None:
        """`fields` are all names that the schema gives, in lower case: none of them can be markup in a text."""
        self._text = text
        self._fields = fields
        self._tags = list(_tags(text))
        self._partner = _partners(self._tags)

    def root(self) -> Element:
        """The one element of the reply."""
        first = next((n for n, tag in enumerate(self._tags) if tag.name == _ROOT and not tag.close), None)
        if first is None:
            raise Unreadable("its tags cannot be read")
        root, after = self._element(first, len(self._tags))
        for tag in (*self._tags[:first], *self._tags[after:]):
            if tag.name == _ROOT or tag.name in self._fields:
                raise Unreadable(f"there is <{tag.name[:_SHOWN_NAME]}> outside of the one <{_ROOT}>")
        return root

    def elements(self, parent: Element) -> list[Element]:
        """The elements directly in another one, which holds no text beside them."""
        found, number, at = [], parent.first, parent.start
        while number < parent.last:
            tag = self._tags[number]
            self._blank(at, tag.start, parent)
            if tag.name == _COMMENT:
                number, at = number + 1, tag.end
                continue
            element, after = self._element(number, parent.last)
            found.append(element)
            number, at = after, self._tags[after - 1].end
        self._blank(at, parent.end, parent)
        return found

    def has_elements(self, parent: Element) -> bool:
        """Whether there are elements in it, and no text beside them."""
        try:
            return bool(self.elements(parent))
        except Unreadable:
            return False

    def text(self, element: Element) -> str:
        """What stands in an element, without the blanks around it; a CDATA section as it is."""
        parts, at = [], element.start
        for tag in self._tags[element.first : element.last]:
            if tag.name == _COMMENT or tag.name in self._fields:
                inner = "a comment" if tag.name == _COMMENT else f"<{tag.written[:_SHOWN_NAME]}>"
                raise Unreadable(f"there is {inner} within <{element.written[:_SHOWN_NAME]}>")
            if tag.name == _CDATA:
                parts += [_decoded(self._text[at : tag.start]), self._text[tag.start + 9 : tag.end - 3]]
                at = tag.end
        if not parts:
            return _decoded(self._text[element.start : element.end].strip())
        return "".join((parts[0].lstrip(), *parts[1:], _decoded(self._text[at : element.end]).rstrip()))

    def _element(self, number: int, last: int) -> tuple[Element, int]:
        """The element that a tag opens, and the number of the tag after it."""
        tag = self._tags[number]
        shown = tag.name[:_SHOWN_NAME]
        if tag.empty:
            return Element(tag.written, tag.end, tag.end, number + 1, number + 1, tag.attributes), number + 1
        end = self._partner.get(number)
        if tag.close or end is None or end >= last:
            raise Unreadable(f"</{shown}> closes nothing" if tag.close else f"<{shown}> is not closed, or closed late")
        return Element(tag.written, tag.end, self._tags[end].start, number + 1, end, tag.attributes), end + 1

    def _blank(self, start: int, end: int, parent: Element) -> None:
        if self._text[start:end].strip():
            raise Unreadable(f"there is text beside the elements in <{parent.name[:_SHOWN_NAME]}>")


def _tags(text: str) -> list[Tag]:
    tags, at = [], 0
    while mark := _MARK.search(text, at):
        if mark[0] in _ENDS:
            end = text.find(_ENDS[mark[0]], mark.end())
            if end < 0:
                raise Unreadable(f"{mark[0]} is not closed")
            at = end + 3
            tags.append(Tag(mark[0], mark.start(), at))
        elif tag := _TAG.match(text, mark.start()):
            at = tag.end()
            values = {
                name.lower(): _decoded(one or other) for name, one, other in _ATTRIBUTE.findall(tag["attributes"])
            }
            tags.append(Tag(tag["name"], tag.start(), at, bool(tag["close"]), bool(tag["empty"]), values))
        else:
            at = mark.end()
    return tags


def _partners(tags: list[Tag]) -> dict[int, int]:
    """The number of each opening tag with that of its closing tag: of two with one name, the inner ones first."""
    open_: defaultdict[str, list[int]] = defaultdict(list)
    partners = {}
    for number, tag in enumerate(tags):
        if tag.close and open_[tag.name]:
            partners[open_[tag.name].pop()] = number
        elif not tag.close and not tag.empty:
            open_[tag.name].append(number)
    return partners


def _decoded(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _NAMED[found[1]]
    number = int(found[2]) if found[2] else int(found[3], 16)
    return chr(number) if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else found[0]
