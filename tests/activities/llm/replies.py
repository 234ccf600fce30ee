"""Types of replies for the tests of judging them, from the plain to the odd, and how to have one judged."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, RootModel

from activities.llm.verdicts import Asked, Judgement, judged
from activities.providers.base import Completion, Finish, ToolCall
from contracts.llm import Rung
from contracts.outputs import OutputContract


class NoFacts(BaseModel):
    """Nothing to hold a reply against."""


class Kind(StrEnum):
    """A choice."""

    NEED = "need"
    BUDGET = "budget"


class Part(BaseModel):
    """A part."""

    name: str = Field(min_length=2)
    size: float | None = None


class Visit(BaseModel):
    """A bit of everything that steps ask for."""

    title: str = Field(max_length=80)
    kind: Kind
    count: int
    sure: bool
    note: str | None
    tags: list[str]
    parts: list[Part] = Field(max_length=4)
    closing: str


class Strict(BaseModel):
    """Nothing is converted, and nothing more may be said."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    text: str
    amount: Decimal
    when: date


class Cat(BaseModel):
    """One of a choice."""

    pet: Literal["cat"]
    lives: int


class Dog(BaseModel):
    """The other."""

    pet: Literal["dog"]
    name: str


class Household(BaseModel):
    """Choices, dictionaries, tuples, times."""

    pet: Annotated[Cat | Dog, Field(discriminator="pet")]
    scores: dict[str, int]
    pair: tuple[int, str]
    since: datetime
    every: timedelta
    either: int | list[int]


class Tree(BaseModel):
    """A type that holds itself."""

    name: str
    branches: list["Tree"] = []


class Named(BaseModel):
    """Names in JSON that are not those in code, and members that nobody named."""

    model_config = ConfigDict(extra="allow")

    first: str = Field(alias="firstName")
    second: int = Field(default=0, validation_alias="secondName", serialization_alias="secondName")


class Words(RootModel[list[str]]):
    """No object."""


VISIT = Visit(
    title='The "big" house',
    kind=Kind.NEED,
    count=3,
    sure=True,
    note=None,
    tags=["Warm", "a, b"],
    parts=[Part(name="Roof", size=2.5), Part(name="two\nlines\tand a tab")],
    closing="It's done: yes {really}.",
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"), max_size=12)
_SAMPLES = ("It's", 'the "old"', "mill, too", "\n", "{x}", "<b>", "50 %", "// no", "\u201cyes\u201d")
WORDS = st.lists(st.sampled_from(_SAMPLES), max_size=5)
PROSE = st.one_of(TEXT, WORDS.map(" ".join))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))

VALUES: dict[str, st.SearchStrategy[BaseModel]] = {
    "visit": st.builds(
        Visit,
        title=PROSE,
        note=st.none() | PROSE,
        tags=st.lists(PROSE, max_size=3),
        parts=st.lists(
            st.builds(Part, name=PROSE.filter(lambda s: len(s) > 1), size=st.none() | st.floats(-9, 9)), max_size=3
        ),
        closing=PROSE,
    ),
    "strict": st.builds(
        Strict, text=PROSE, amount=st.decimals(-(10**9), 10**9, places=2), when=st.dates(date(1990, 1, 1))
    ),
    "household": st.builds(
        Household,
        pet=st.builds(Cat) | st.builds(Dog, name=PROSE),
        scores=st.dictionaries(PROSE, st.integers(), max_size=3),
        pair=st.tuples(st.integers(), PROSE),
        since=MOMENTS,
        every=st.timedeltas(timedelta(0), timedelta(days=900)),
        either=st.integers() | st.lists(st.integers(), max_size=3),
    ),
    "tree": st.recursive(
        st.builds(Tree, name=PROSE, branches=st.just([])),
        lambda inner: st.builds(Tree, name=PROSE, branches=st.lists(inner, max_size=3)),
        max_leaves=5,
    ),
    "named": st.builds(lambda first, second: Named(firstName=first, secondName=second), PROSE, st.integers()),
}


def contract(
    kind: type[BaseModel], check: Callable[[Any, Any], list[str]] = lambda value, facts: []
) -> OutputContract[Any, Any]:
    """A contract of that type."""
    return OutputContract("test", kind, NoFacts, check)


def judge(
    text: str,
    kind: type[BaseModel] = Visit,
    rung: Rung = Rung.NATIVE,
    finish: Finish = Finish.COMPLETE,
    calls: tuple[ToolCall, ...] = (),
    repair: bool = True,
    scratchpad: bool = False,
) -> Judgement:
    """What a reply is worth whose contract checks nothing more than its type."""
    asked = Asked(rung=rung, repair=repair, scratchpad=scratchpad)
    return judged(Completion(text, finish, calls=calls), contract(kind), NoFacts(), asked)


def written(value: BaseModel) -> str:
    """A value as a model writes it."""
    return value.model_dump_json(by_alias=True)
