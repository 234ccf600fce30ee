"""Every form that a contract's type may have, each with values of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from tests.activities.llm.kinds import (
    Alias,
    Anything,
    Author,
    Choices,
    Closed,
    Defaults,
    Either,
    Empty,
    Items,
    Lists,
    Maps,
    Nest,
    Number,
    Odd,
    Open,
    Others,
    Pages,
    Plain,
    Plus,
    Table,
    Times,
    Tree,
    Unions,
    Whatever,
)

_CAT, _DOG = {"kind": "cat", "lives": 9}, {"barks": True, "kind": "hound", "friend": {"kind": "cat", "lives": 1}}
_PLAIN = {"text": "ab", "code": "AB1", "count": 1, "share": 0.5, "even": 2, "yes": True, "level": 2, "words": ["w"]}

ZOO: Mapping[type[BaseModel], tuple[Any, ...]] = {
    Plain: (_PLAIN, {**_PLAIN, "colour": "blue", "note": "n", "words": ["a", "b", "c"]}),
    Unions: (
        {"told_apart": _CAT, "plain": _DOG, "nested": [_CAT, None], "either": "abc"},
        {"told_apart": _DOG, "plain": _CAT, "nested": None, "either": 5},
    ),
    Choices: tuple({"one": "x", "mixed": one, "number": 2, "nothing": None} for one in ("a", 1, True, None)),
    Tree: ({"name": "a"}, {"name": "a", "children": [{"name": "b"}], "best": {"name": "c"}}),
    Plus: ({"op": "+", "left": 1, "right": {"op": "-", "of": {"op": "+", "left": 1, "right": 2}}},),
    Author: ({"books": []}, {"books": [{"publisher": {"authors": [{"books": []}]}}]}),
    Maps: (
        {
            "counts": {"a b": 1},
            "by_day": {"2026-01-31": ["x"]},
            "by_colour": {"red": 1},
            "by_word": {"a": True},
            "by_code": {"x1": 1},
            "bare": {"a": [1, {}]},
        },
    ),
    Lists: (
        {
            "pair": [1, "a"],
            "same": [1, 2],
            "many": [1, 2, 3],
            "none": [],
            "place": [1, "y"],
            "unique": ["a"],
            "frozen": [1],
            "nested": [[1], []],
        },
    ),
    Times: (
        {
            "day": date(2026, 1, 31),
            "at": datetime(2026, 1, 31, 12, tzinfo=UTC),
            "hour": time(12, 30),
            "lasts": timedelta(hours=2),
            "id": UUID(int=1),
            "price": Decimal("1.50"),
            "bounded": Decimal("1.50"),
            "raw": b"abc",
            "url": "https://example.org/a",
            "mail": "a@example.org",
            "ip": "10.0.0.1",
            "path": "a/b",
            "packed": "[1]",
        },
    ),
    Anything: ({"any": {"a": [1]}, "thing": 1, "list_of_any": [1, "a", None], "bare_list": [{}]},),
    Defaults: (
        {"camelCase": 1, "cat": _CAT},
        {"camelCase": 1, "cat": _CAT, "first name": "x", "other": _CAT, "plain": _PLAIN},
    ),
    Pages: ({"numbers": {"items": [1], "next": {"items": []}}, "cats": {"items": [_CAT]}},),
    Empty: ({},),
    Open: ({"name": "x"}, {"name": "x", "more": [1]}),
    Closed: ({"type": "t", "properties": 1, "$ref": "r", "value": True, "reasoning": "mine"},),
    Others: ({"movie": {"title": "t", "year": 1}, "point": {"x": 1, "y": 2}, "empty": {}},),
    Odd: ({"odd": (1, 2)},),
    Items: ([_CAT], []),
    Number: (5,),
    Either: (_CAT, _DOG),
    Table: ({"a": [1, 2]}, {}),
    Whatever: ({"a": 1}, [1], "x", None),
    Nest: ("x", ["x", ["y"]]),
    Alias: (_CAT,),
}
"""Types with values of them, as JSON or what pydantic takes for it."""
