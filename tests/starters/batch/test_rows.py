"""What a file of rows may look like, and what is no row."""

import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from contracts.money import Usd
from contracts.processes import Process, ProcessInput
from contracts.sales_follow_up import SALES_FOLLOW_UP
from starters.batch.rows import BadRow, Row, read_rows
from starters.failures import BAD_INPUT, Failure


class Where(BaseModel):
    """Somewhere."""

    city: str
    zip: str | None = None


class OrderInput(ProcessInput):
    """Fields of each kind."""

    name: str
    where: Where | None = None
    pieces: int | None = None
    weight: float | None = None
    price: Annotated[Usd, Field(ge=0)] | None = None
    gift: bool | None = None
    tags: tuple[str, ...] = ()


ORDERS = Process(
    name="orders",
    workflow_type="Orders",
    does="Order.",
    input=OrderInput,
    result=Where,
    business_key=lambda request: request.name,
    steps=(),
    outputs=(),
)


def rows(tmp_path: Path, text: str | bytes, suffix: str = ".csv", process: Process = ORDERS) -> list[Row | BadRow]:
    path = tmp_path / f"orders{suffix}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(path, process))


def refusal(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(Failure) as raised:
        rows(tmp_path, text)
    assert raised.value.code == BAD_INPUT
    return raised.value.line


def test_columns_become_fields_and_each_cell_a_value_of_its_fields_type(tmp_path: Path) -> None:
    text = 'name,where.city,where.zip,pieces,weight,price,gift,tags\nx,Graz,08010,3,1.5,12.50,TRUE,"[""a"", ""b""]"\n'
    (row,) = rows(tmp_path, text)
    assert row == Row(
        2,
        {
            "name": "x",
            "where": {"city": "Graz", "zip": "08010"},
            "pieces": 3,
            "weight": 1.5,
            "price": "12.50",
            "gift": True,
            "tags": ["a", "b"],
        },
    )
    assert OrderInput.model_validate(row.given).price == Decimal("12.50")


def test_an_empty_cell_leaves_its_field_out_and_space_around_a_cell_is_none_of_it(tmp_path: Path) -> None:
    assert rows(tmp_path, "name , where.city,pieces\n x ,, 3 \n") == [Row(2, {"name": "x", "pieces": 3})]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("price", "€ 3", "price: € is a currency: give the amount in the field's own, as a plain number"),
        ("price", "3 EUR", "price: EUR is a currency"),
        ("price", "USD3", "price: USD is a currency"),
        ("price", '"12,5"', "price: must be a plain number like 1200.5, with a point"),
        ("price", '"1,200.50"', "price: must be a plain number"),
        ("price", "1e3", "price: must be a plain number"),
        ("price", "1_000", "price: must be a plain number"),
        ("price", "\u0663", "price: must be a plain number"),
        ("price", "NaN", "price: "),
        ("weight", "heavy", "weight: must be a plain number"),
        ("pieces", "3.0", "pieces: must be a whole number like 1200"),
        ("pieces", "1 000", "pieces: must be a whole number"),
        ("gift", "yes", "gift: must be true or false"),
        ("tags", '"[1,"', "tags: is not JSON"),
    ],
)
def test_a_cell_that_is_no_value_of_its_field_makes_a_bad_row(
    tmp_path: Path, column: str, cell: str, words: str
) -> None:
    bad, good = rows(tmp_path, f"name,{column}\nx,{cell}\ny,\n")
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert bad.problem.startswith(words)
    assert good == Row(3, {"name": "y"})


def test_quoted_line_breaks_and_empty_lines_do_not_shift_the_line_numbers(tmp_path: Path) -> None:
    text = '\n\nname,pieces\r\n"two\r\nlines",1\r\n\r\n , \r\nlast,x\r\n'
    first, last = rows(tmp_path, text)
    assert first == Row(4, {"name": "two\r\nlines", "pieces": 1})
    assert isinstance(last, BadRow)
    assert last.line == 8


def test_a_file_without_a_row_has_none(tmp_path: Path) -> None:
    assert rows(tmp_path, "") == rows(tmp_path, "name\n\n") == rows(tmp_path, "\n", ".jsonl") == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "name,where.city,pieces\r\nŁucja,東京,1\r\n".replace(",", delimiter)
    assert rows(tmp_path, text.encode(encoding)) == [Row(2, {"name": "Łucja", "where": {"city": "東京"}, "pieces": 1})]


def test_a_row_in_another_encoding_is_bad_and_the_others_are_not(tmp_path: Path) -> None:
    bad, good = rows(tmp_path, "name\nMüller\n".encode("latin-1") + b"Smith\n")
    assert bad == BadRow(2, "name: is not UTF-8 text; save the file as UTF-8")
    assert good == Row(3, {"name": "Smith"})


def test_a_quote_that_is_never_closed_is_named_where_it_opens(tmp_path: Path) -> None:
    good, bad = rows(tmp_path, 'name,pieces\na,1\n"b,2\nc,3\n')
    assert good.line == 2
    assert bad == BadRow(3, "is no CSV: unexpected end of data")


def test_after_a_row_that_is_too_large_the_next_one_is_read(tmp_path: Path) -> None:
    for text, suffix in (
        (f"name\n{'x' * 3_000_000}\ny\n", ".csv"),
        (f'\n{"x" * 3_000_000}\n{{"name": "y"}}\n', ".jsonl"),
    ):
        bad, good = rows(tmp_path, text, suffix)
        assert isinstance(bad, BadRow)
        assert bad.line == 2
        assert good == Row(3, {"name": "y"})


def test_too_many_and_too_few_cells_make_a_bad_row(tmp_path: Path) -> None:
    problems = [row.problem for row in rows(tmp_path, "name,pieces\nx\nx,1,2\n") if isinstance(row, BadRow)]
    assert problems == ["has 1 cells, but the header has 2", "has 3 cells, but the header has 2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nmae,pieces\n", 'orders.csv has a column "nmae", and orders no such field; it has: occasion, by, '),
        ("name,where.town\n", 'a column "where.town", and orders no such field'),
        ("name,price.eur\n", 'a column "price.eur"'),
        ("name,,pieces\n", 'a column ""'),
        ("name,name\n", 'the column "name" twice'),
        ("name,where,where.city\n", 'the column "where.city" beside one for all of "where"'),
        (b"\xff\xfea\x00b", "cannot be read"),
    ],
)
def test_a_header_that_cannot_be_right_is_refused_before_any_row(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert words in refusal(tmp_path, text)


def test_a_file_of_another_kind_and_one_that_is_not_there_are_named(tmp_path: Path) -> None:
    for name, words in (
        ("orders.xlsx", "must end in .csv or .jsonl"),
        ("none.csv", "No such file"),
        ("a\0.csv", "NUL|null"),
    ):
        with pytest.raises(Failure, match=words):
            list(read_rows(tmp_path / name, ORDERS))


def test_json_lines_are_objects_and_anything_else_is_a_bad_row(tmp_path: Path) -> None:
    first_two = '\ufeff{"name": "x", "price": "€ 3"}\n\n'
    text = first_two + '[1]\n{"name": "x",}\n{"a": 1, "a": 2}\n{"name": "\\ud800"}\n{"name": "y"}'
    first, *bad, last = rows(tmp_path, text, ".jsonl")
    assert first == Row(1, {"name": "x", "price": "€ 3"})
    assert last == Row(7, {"name": "y"})
    assert [(row.line, row.problem.split(":")[0]) for row in bad if isinstance(row, BadRow)] == [
        (3, 'the row must be a JSON object, like {"name"'),
        (4, "the row is not JSON"),
        (5, "the row is not JSON that can be taken"),
        (6, "the row holds half of a character (a lone \\ud800 to \\udfff)"),
    ]


def test_a_hundred_thousand_rows_take_no_more_memory_than_a_few(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("lead_id,send,budget.usd\n" + "".join(f"lead-{n},now,0.5\n" for n in range(100_000)))
    tracemalloc.start()
    count = sum(isinstance(row, Row) for row in read_rows(path, SALES_FOLLOW_UP))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 5_000_000
