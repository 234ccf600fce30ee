"""Every form that a contract's type may have."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from pydantic import AnyUrl, BaseModel, ConfigDict, EmailStr, Field, Json, RootModel, StringConstraints
from typing_extensions import TypedDict

from contracts.agents import Turn
from contracts.catalogue import OUTPUTS
from contracts.research import EXCERPTS, PLAN, SYNTHESIS

FOR_ANY_MODEL = [
    output
    for output in OUTPUTS.values()
    if not issubclass(output.value, Turn) and output not in (PLAN, EXCERPTS, SYNTHESIS)
]
"""Not the turns of an agent, nor an answer with its quotations: they need a larger window than the local model has."""

T = TypeVar("T")


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    """A choice of numbers."""

    LOW = 1
    HIGH = 2


class Pair(Enum):
    """Values that are no plain ones."""

    A = (1, 2)


class Plain(BaseModel):
    """Plain fields, with bounds."""

    text: Annotated[str, StringConstraints(min_length=2, max_length=20)]
    code: str = Field(pattern=r"^[A-Z]{2}\d+$", description="a code")
    count: int = Field(ge=1, lt=10)
    share: float = Field(gt=0, le=1)
    even: int = Field(multiple_of=2)
    yes: bool
    colour: Colour = Field(default=Colour.RED, description="of the door")
    level: Level
    words: list[str] = Field(min_length=1, max_length=3)
    note: str | None = None


class Cat(BaseModel):
    """One choice of a union."""

    lives: int
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    """Another one."""

    barks: bool
    kind: Literal["dog", "hound"]
    friend: Cat | None = None


class Unions(BaseModel):
    """Of everything with everything."""

    told_apart: Annotated[Cat | Dog, Field(discriminator="kind")]
    plain: Cat | Dog
    nested: int | list[Cat | None] | str | None = Field(description="a nest")
    either: Annotated[int | Annotated[str, Field(max_length=3)], Field(title="Either!")]


class Choices(BaseModel):
    """Literals of every kind."""

    one: Literal["x"]
    mixed: Literal["a", 1, True, None]
    number: Literal[1, 2]
    nothing: None


class Tree(BaseModel):
    """A type in itself."""

    name: str
    children: list["Tree"] = []
    best: "Tree | None" = None


class Plus(BaseModel):
    """One of two types that hold each other."""

    op: Literal["+"]
    left: "Plus | Minus | int"
    right: "Plus | Minus | int"


class Minus(BaseModel):
    """The other one."""

    op: Literal["-"]
    of: Plus | int


class Author(BaseModel):
    """One of a ring of three; it ends in a list that may be empty."""

    books: list["Book"]


class Book(BaseModel):
    """The second one."""

    publisher: "Publisher"


class Publisher(BaseModel):
    """The third one."""

    authors: list[Author]


class Maps(BaseModel):
    """Dictionaries."""

    counts: dict[str, int]
    by_day: dict[date, list[str]] = {}
    by_colour: dict[Colour, int]
    by_word: dict[Literal["a", "b"], bool]
    by_code: dict[Annotated[str, StringConstraints(pattern="^x")], int]
    bare: dict[str, Any]


class Place(NamedTuple):
    """A tuple with names."""

    x: int
    y: str


class Lists(BaseModel):
    """Lists, tuples and sets."""

    pair: tuple[int, str]
    same: tuple[int, int]
    many: tuple[int, ...]
    none: tuple[()]
    place: Place
    unique: set[str]
    frozen: frozenset[int]
    nested: list[list[int]]


class Times(BaseModel):
    """Times and the like."""

    day: date
    at: datetime
    hour: time
    lasts: timedelta
    id: UUID
    price: Decimal
    bounded: Decimal = Field(gt=0, max_digits=5, decimal_places=2)
    raw: bytes
    url: AnyUrl
    mail: EmailStr
    ip: IPv4Address
    path: PurePosixPath
    packed: Json[list[int]]


class Anything(BaseModel):
    """Whatever."""

    any: Any
    thing: object = None
    list_of_any: list[Any]
    bare_list: list  # type: ignore[type-arg]


class Defaults(BaseModel):
    """Defaults, aliases, a docstring."""

    model_config = ConfigDict(title="A <title> & more")

    plain: Plain = Plain(text="ab", code="AB1", count=1, share=0.5, even=2, yes=True, level=Level.LOW, words=["w"])
    camel: int = Field(alias="camelCase")
    spaced: str = Field(default="", alias="first name")
    cat: Cat = Field(description="a neighbour of a reference")
    other: Cat = Field(default=Cat(lives=9), description="another")


class Page(BaseModel, Generic[T]):
    """A generic type: its name has brackets."""

    items: list[T]
    next: "Page[T] | None" = None


class Pages(BaseModel):
    """Two of them."""

    numbers: Page[int]
    cats: Page[Cat]


class Empty(BaseModel):
    """No field at all."""


class Open(BaseModel):
    """Takes what it does not know."""

    model_config = ConfigDict(extra="allow")

    name: str


class Closed(BaseModel):
    """Takes nothing that it does not know, and has a field of every awkward name."""

    model_config = ConfigDict(extra="forbid")

    type: str
    properties: int
    ref: str = Field(alias="$ref")
    value: bool
    reasoning: str


class Movie(TypedDict, total=False):
    """A dictionary with known keys, none of them required."""

    title: str
    year: int


@dataclass
class Point:
    """A dataclass."""

    x: int
    y: int = 0


class Others(BaseModel):
    """Types that are no models."""

    movie: Movie
    point: Point
    empty: Empty


class Odd(BaseModel):
    """pydantic writes such a value, and cannot read it."""

    odd: Pair


class Items(RootModel[list[Cat]]):
    """A list at the top."""


class Number(RootModel[int]):
    """A number at the top."""


class Either(RootModel[Annotated[Cat | Dog, Field(discriminator="kind")]]):
    """A union at the top."""


class Table(RootModel[dict[str, list[int]]]):
    """A dictionary at the top."""


class Whatever(RootModel[Any]):
    """Anything at the top."""


class Nest(RootModel["list[Nest] | str"]):
    """A union in itself, at the top."""


class Alias(RootModel[Cat]):
    """Another name for a model."""
