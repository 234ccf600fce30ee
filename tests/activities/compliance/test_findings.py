"""Ten thousand transactions with forty planted findings: all found, none invented; and the edge of each rule."""

import json
from collections import Counter
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest

from activities.compliance.findings import check_file
from activities.compliance.transactions import COLUMNS
from contracts.compliance.findings import CheckedTransactions, CheckTransactions
from contracts.compliance.rules import CheckKind, CheckRules
from contracts.errors import ToolFailed
from tests.support.compliance import PLAIN, checked
from tests.support.transactions import SAMPLE, TRUTH, as_csv, quarter

RULES = CheckRules.model_validate({"watch_list": ["Dmitri Ivanov"], "rates": {"USD": "0.92", "KWD": "3"}})
ORDINARY = {
    "id": "T-1",
    "booked_at": "2026-07-01",
    "account": "AC-1",
    "customer": "Ann",
    "kind": "payment",
    "amount": "100.00",
    "currency": "EUR",
    "counterparty": "Acme",
    "country": "DE",
    "document": "INV-1",
    "entered_by": "a.weber",
    "approved_by": "m.hoffmann",
    "refers_to": "",
}


def found(*rows: dict[str, str], rules: CheckRules = RULES) -> CheckedTransactions:
    """What the checks find in rows that are ordinary but for what is given."""
    cells = [ORDINARY | {"id": f"T-{n}", "document": f"INV-{n}"} | row for n, row in enumerate(rows, start=1)]
    wanted = CheckTransactions(path="rows.csv", starts=date(2026, 7, 1), ends=date(2026, 9, 30), rules=rules)
    return check_file(BytesIO(as_csv(cells)), wanted)


def kinds(*rows: dict[str, str]) -> dict[CheckKind, int]:
    """How many findings of which kind."""
    return dict(Counter(one.check for one in found(*rows).findings))


def test_all_that_is_planted_is_found_and_nothing_else() -> None:
    _, result = checked(PLAIN)
    truth = [(one["check"], one["party"], tuple(one["ids"])) for one in json.loads(TRUTH.read_bytes())]
    there = [(one.check, one.party, tuple(sorted(row.id for row in one.evidence))) for one in result.findings]
    assert len(truth) == 40
    assert Counter(kind for kind, *_ in truth) == dict.fromkeys(CheckKind, 5)
    assert sorted(there) == sorted(truth)
    assert (result.counts.checked, result.counts.unreadable, result.counts.repeated, result.counts.outside) == (
        10_000, 12, 6, 3,
    )  # fmt: skip


def test_the_sample_is_what_its_script_writes() -> None:
    made = quarter()
    assert as_csv(made.rows) == SAMPLE.read_bytes()
    assert made.truth == json.loads(TRUTH.read_bytes())


def cash(amount: str, day: int = 1, **cells: str) -> dict[str, str]:
    """A deposit without a paper."""
    return {"kind": "cash-deposit", "amount": amount, "booked_at": f"2026-07-{day:02}", "document": "", **cells}


EDGES: dict[str, tuple[list[dict[str, str]], dict[CheckKind, int]]] = {
    "cash of the threshold": ([cash("10000.00")], {CheckKind.LARGE_CASH: 1}),
    "cash of a cent less": ([cash("9999.99")], {}),
    "cash with a paper": ([cash("20000.00", document="D-1")], {}),
    "dollars worth less": ([cash("10500", currency="USD")], {}),
    "dollars worth enough": ([cash("10870", currency="USD")], {CheckKind.LARGE_CASH: 1}),
    "three deposits in three days": ([cash("4000", 1), cash("3000", 2), cash("3000", 3)], {CheckKind.STRUCTURING: 1}),
    "three deposits in four days": ([cash("4000", 1), cash("3000", 2), cash("3000", 4)], {}),
    "three deposits a cent short": ([cash("4000", 1), cash("3000", 2), cash("2999.99", 3)], {}),
    "two deposits": ([cash("9000", 1), cash("9000", 2)], {}),
    "three accounts": ([cash("4000", 1, account=f"AC-{n}") for n in range(3)], {}),
    "windows that overlap": ([cash("4000", day) for day in range(1, 8)], {CheckKind.STRUCTURING: 1}),
    "windows apart": ([cash("4000", day) for day in (1, 2, 3, 20, 21, 22)], {CheckKind.STRUCTURING: 2}),
    "a listed name in another spelling": ([{"counterparty": "IVANOV, DMÍTRI"}], {CheckKind.WATCH_LIST: 1}),
    "a listed customer, twice": ([{"customer": "dmitri ivanov"}] * 2, {CheckKind.WATCH_LIST: 1}),
    "a name that is nearly listed": ([{"counterparty": "Dmitri Ivanova"}], {}),
    "a country of the list": ([{"country": "ir"}], {CheckKind.COUNTRY: 1}),
    "a payment without a paper": ([{"amount": "1000.00", "document": ""}], {CheckKind.MISSING_PAPER: 1}),
    "a small one without": ([{"amount": "999.99", "document": ""}], {}),
    "a receipt without": ([{"kind": "receipt", "amount": "9000", "document": ""}], {}),
    "paid twice": ([{"document": "D"}, {"document": "d", "counterparty": "ACME, Inc."}], {CheckKind.DUPLICATE: 1}),
    "paid twice, weeks apart": ([{"document": "D"}, {"document": "D", "booked_at": "2026-07-09"}], {}),
    "paid twice, within the days": (
        [{"document": "D"}, {"document": "D", "booked_at": "2026-07-08"}],
        {CheckKind.DUPLICATE: 1},
    ),
    "paid twice, refunded": (
        [{"document": "D"}, {"document": "D"}, {"kind": "refund", "amount": "-100.00", "refers_to": "T-2"}],
        {},
    ),
    "instalments": ([{"document": "D"}, {"document": "D", "amount": "101.00"}], {}),
    "a refund of nothing": ([{"kind": "refund", "refers_to": "T-99"}], {CheckKind.REFUND: 1}),
    "a refund that names nothing": ([{"kind": "refund"}], {CheckKind.REFUND: 1}),
    "a whole refund": ([{}, {"kind": "refund", "refers_to": "T-1"}], {}),
    "a refund of a cent more": (
        [{}, {"kind": "refund", "refers_to": "T-1", "amount": "-100.01"}],
        {CheckKind.REFUND: 1},
    ),
    "refunds of more together": (
        [{}, *({"kind": "refund", "refers_to": "T-1", "amount": "60"} for _ in range(2))],
        {CheckKind.REFUND: 1},
    ),
    "a refund of what was before the period": (
        [{"booked_at": "2026-06-01"}, {"kind": "refund", "refers_to": "T-1"}],
        {},
    ),
    "a refund of a refund": (
        [{}, {"kind": "refund", "refers_to": "T-1"}, {"kind": "refund", "refers_to": "T-2", "amount": "1"}],
        {CheckKind.REFUND: 1},
    ),
    "approved by oneself": ([{"approved_by": "A.Weber"}], {CheckKind.SELF_APPROVED: 1}),
    "approved by nobody": ([{"approved_by": " "}], {CheckKind.SELF_APPROVED: 1}),
    "a receipt approved by oneself": ([{"kind": "receipt", "approved_by": "a.weber"}], {}),
}


@pytest.mark.parametrize(("rows", "expected"), EDGES.values(), ids=EDGES)
def test_each_rule_holds_at_its_edge(rows: list[dict[str, str]], expected: dict[CheckKind, int]) -> None:
    assert kinds(*rows) == expected


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "amount": ({"amount": "12,34,5"}, "no amount"),
    "no amount": ({"amount": ""}, "amount is empty"),
    "zero": ({"amount": "0"}, "zero"),
    "negative": ({"amount": "-5"}, "only a refund"),
    "unknown currency": ({"currency": "XBT"}, "no rate for 'XBT'"),
    "slashes": ({"booked_at": "07/08/2026"}, "reads in one way"),
    "no such day": ({"booked_at": "2026-02-30"}, "reads in one way"),
    "kind": ({"kind": "gift"}, "none of cash-deposit"),
    "country": ({"country": "Germany"}, "two letters"),
    "nobody": ({"customer": " "}, "customer is empty"),
    "invisible": ({"customer": "An\u202en"}, "nobody can see"),
    "endless": ({"customer": "a" * 201}, "longer than 200"),
}


@pytest.mark.parametrize(("cells", "says"), WRONG.values(), ids=WRONG)
def test_a_row_that_cannot_be_right_is_named_by_its_line(cells: dict[str, str], says: str) -> None:
    result = found({}, cells, {})
    (row,) = result.not_checked
    assert row.line == 3
    assert says in row.why
    assert (result.counts.rows, result.counts.checked, result.counts.unreadable) == (3, 2, 1)


def test_a_row_that_is_there_twice_counts_once_and_another_of_its_id_is_named() -> None:
    result = found({}, {"id": "T-1", "document": "INV-1"}, {"id": "T-1", "document": "INV-9"})
    assert [(row.line, row.why.split(",")[0]) for row in result.not_checked] == [
        (3, "repeats line 2"),
        (4, "id 'T-1' stands on line 2 already"),
    ]


@pytest.mark.parametrize(
    ("booked_at", "zone", "day"),
    [
        ("2026-06-30T23:30:00+02:00", "Europe/Berlin", None),
        ("2026-06-30T22:30:00-05:00", "Europe/Berlin", "2026-07-01"),
        ("2026-07-01T00:30:00+02:00", "America/New_York", None),
        ("2026-07-01T00:30", "America/New_York", "2026-07-01"),
        ("01.07.2026 00:30", "Asia/Tokyo", "2026-07-01"),
        ("2026-07-02T15:00:00Z", "Asia/Tokyo", "2026-07-03"),
    ],
)
def test_a_day_is_that_of_the_reports_time_zone(booked_at: str, zone: str, day: str | None) -> None:
    risky = {"booked_at": booked_at, "country": "IR"}
    findings = found(risky, rules=RULES.model_copy(update={"timezone": zone})).findings
    assert [one.first.isoformat() for one in findings] == ([day] if day else [])


def wanted(data: bytes) -> Any:
    """What comes of a file."""
    ends = date(2026, 7, 1) + timedelta(days=90)
    return check_file(BytesIO(data), CheckTransactions(path="x.csv", starts=date(2026, 7, 1), ends=ends))


HEAD = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "must name the column 'id'"),
        (HEAD.replace("approved_by", "approver").encode(), "'approved_by'"),
        (f"{HEAD},id\n".encode(), "'id', once"),
        (f"{HEAD}\n\n \n".encode(), "nothing to report on"),
        (f"{HEAD}\nT-1,\xff\n".encode("latin-1"), r"UTF-8 text \(line 2\)"),
        (HEAD.encode("utf-16"), "UTF-8"),
        (f'{HEAD}\n"T-1,2026\n'.encode(), "no CSV"),
    ],
)
def test_a_file_in_which_a_check_cannot_be_made_is_refused_whole(data: bytes, says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        wanted(data)


def test_more_findings_than_a_report_holds_are_refused_and_none_is_left_away() -> None:
    with pytest.raises(ToolFailed, match=r"201 findings, and a report holds 200.*missing-paper alone has 201"):
        found(*({"amount": "5000", "document": ""} for _ in range(201)))
