"""`python -m tests.support.transactions`: writes samples/compliance-report/transactions.csv, and what is planted in it.

10,000 transactions of a quarter, with 40 findings of 8 kinds, and cases beside each of them that are none. The same
seed writes the same bytes.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from activities.compliance.transactions import COLUMNS
from tests.support.quarter import CUSTOMERS, PARTIES, Cells, Quarter

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "compliance-report" / "transactions.csv"
TRUTH = Path(__file__).with_name("transactions.json")

DAYS, CHECKED = 91, 10_000
RATES = {"USD": "0.92", "GBP": "1.17", "JPY": "0.0061", "INR": "0.011", "KWD": "3.00"}
WATCH_LIST = ["Dmitri Ivanov", "Müller & Söhne GmbH", "Al-Noor Trading LLC", "Łukasz Żak", "Pacífico Exportações Ltda"]


def quarter() -> Quarter:
    """All of it, in the order of the file."""
    made = Quarter()
    for plant in (_cash, _structuring, _parties, _papers, _duplicates, _refunds, _approvals):
        plant(made)
    while len(made.rows) < CHECKED:
        _ordinary(made)
    _besides(made)
    made.random.shuffle(made.rows)
    return made


def _ordinary(made: Quarter) -> None:
    chance, day = made.random, made.random.uniform(0, DAYS - 0.5)
    match chance.randrange(10):
        case 0:
            account = f"AC-{chance.randrange(100, 400):05}"
            made.add("cash-deposit", f"{chance.uniform(20, 900):.2f}", day, account=account, document="")
        case 1:
            made.add("cash-withdrawal", f"{chance.uniform(20, 2000):.2f}", day, document="")
        case 2 | 3 | 4:
            made.add("receipt", f"{chance.uniform(5, 60_000):.2f}", day)
        case 5:
            currency, scale = chance.choice((("USD", 1), ("GBP", 1), ("JPY", 150), ("INR", 90)))
            made.add("payment", f"{chance.uniform(10, 20_000) * scale:.0f}", day, currency=currency)
        case 6:
            made.add("payment", f"{chance.uniform(5, 990):.2f}", day, document="")
        case _:
            made.add("payment", f"{chance.uniform(5, 60_000):.2f}", day)


def _cash(made: Quarter) -> None:
    """Large cash; beside it just below, with a paper, and another currency that is worth less than it looks."""
    for day, (kind, amount, currency) in enumerate(
        (
            ("cash-deposit", "10000.00", "EUR"),
            ("cash-withdrawal", "48250.50", "EUR"),
            ("cash-deposit", "10870", "USD"),
            ("cash-deposit", "1640000", "JPY"),
            ("cash-withdrawal", "3400.000", "KWD"),
        )
    ):
        row = made.add(kind, amount, day * 9, currency=currency, document="", account=f"AC-01{day:03}")
        made.plant("large-cash", row["customer"], [row])
    made.add("cash-deposit", "9999.99", 50, document="", account="AC-01101")
    made.add("cash-deposit", "15000.00", 51, account="AC-01102")
    made.add("cash-deposit", "1630000", 52, currency="JPY", document="", account="AC-01103")


def _structuring(made: Quarter) -> None:
    """Three or more below the threshold within three days; beside it too few, too slow, too little, two accounts."""
    cases = ((9500, 9800, 9200), (4000, 3500, 2600), (9900, 9900, 9900, 9900), (3400, 3300, 3300), (8000, 1500, 700))
    for number, amounts in enumerate(cases):
        who = CUSTOMERS[number]
        rows = [
            made.add(
                "cash-deposit",
                f"{amount}.00",
                5 + number * 14 + at * 0.6,
                account=f"AC-02{number:03}",
                customer=who,
                document="",
            )
            for at, amount in enumerate(amounts)
        ]
        made.plant("structuring", who, rows)
    for at in range(2):
        made.add("cash-deposit", "9700.00", 20 + at, account="AC-02101", document="")
    for at in range(3):
        made.add("cash-deposit", "5000.00", 20 + at * 3, account="AC-02102", document="")
        made.add("cash-deposit", "3300.00", 30 + at * 0.5, account="AC-02103", document="")
        made.add("cash-deposit", "6000.00", 40 + at * 0.5, account=f"AC-0211{at}", document="")


def _parties(made: Quarter) -> None:
    """Listed names in other spellings, and risky countries; beside them names that are nearly listed."""
    for number, spelling in enumerate(
        (
            "IVANOV, Dmitri",
            "Mueller und Soehne|Muller & Sohne",
            "AL-NOOR TRADING",
            "Lukasz Zak",
            "Pacifico Exportacoes Ltda",
        )
    ):
        name = spelling.rpartition("|")[2]
        rows = [
            made.add("payment", f"{700 + number * 10 + at}.00", number * 7 + at, counterparty=name)
            for at in range(1 + number % 3)
        ]
        first = min(rows, key=made.rows.index)
        made.plant("watch-list", first["counterparty"], rows)
    for number, (country, name) in enumerate(
        (
            ("IR", "Tehran Kilim Co"),
            ("KP", "Taedong Minerals"),
            ("MM", "Shwe Lin Jade"),
            ("IR", "Isfahan Saffron"),
            ("MM", "Ayeyar Rice"),
        )
    ):
        rows = [
            made.add("receipt", f"{2000 + number}.00", 30 + number * 5 + at, counterparty=name, country=country)
            for at in range(2)
        ]
        made.plant("country", name, rows)
    for name in ("Dmitri Ivanova", "Al-Noor Tradings", "Ivan Dmitriev"):
        made.add("payment", "800.00", 60, counterparty=name)


def _papers(made: Quarter) -> None:
    """Payments of the threshold or more without a paper; beside them one cent less, and money that comes in."""
    for number, (amount, currency) in enumerate(
        (("1000.00", "EUR"), ("48900.10", "EUR"), ("1100", "USD"), ("860", "GBP"), ("170000", "JPY"))
    ):
        row = made.add("payment", amount, 12 + number * 11, currency=currency, document="")
        made.plant("missing-paper", row["counterparty"], [row])
    made.add("payment", "999.99", 14, document="")
    made.add("payment", "1080", 15, currency="USD", document="")
    made.add("receipt", "25000.00", 16, document="")


def _duplicates(made: Quarter) -> None:
    """The same amount for the same paper; beside it instalments, a late one, another payee, one that was refunded."""
    for number in range(5):
        party, paper = PARTIES[number], made.document()
        spellings = (party, party.upper() if party.isascii() else party)
        rows = [
            made.add(
                "payment",
                f"{1250 + number * 333}.40",
                8 + number * 13 + at * 3,
                counterparty=spellings[at % 2],
                document=paper,
            )
            for at in range(2 + number % 2)
        ]
        made.plant("duplicate", party, rows)
    instalments, late, two = made.document(), made.document(), made.document()
    for at in range(2):
        made.add("payment", f"{500 + at}.00", 20 + at, counterparty=PARTIES[6], document=instalments)
        made.add("payment", "640.00", 20 + at * 9, counterparty=PARTIES[7], document=late)
        made.add("payment", "730.00", 20 + at, counterparty=PARTIES[8 + at], document=two)
    paper = made.document()
    first, again = (
        made.add("payment", "2900.00", 40 + at, counterparty=PARTIES[10], document=paper) for at in range(2)
    )
    made.add("refund", "-2900.00", 43, counterparty=PARTIES[10], refers_to=again["id"])
    assert first["document"] == again["document"]


def _refunds(made: Quarter) -> None:
    """Of nothing, or of too much; beside them partial ones, and one of what was paid before the period."""
    for number in range(3):
        row = made.add("refund", f"{300 + number}.00", 9 + number * 20, refers_to=f"T-9{number}00000")
        made.plant("refund", row["counterparty"], [row])
    for number, parts in enumerate((("1500.01",), ("900.00", "700.00"))):
        sale = made.add("receipt", "1500.00", 20 + number * 30)
        rows = [
            made.add(
                "refund", f"-{part}", 24 + number * 30 + at, counterparty=sale["counterparty"], refers_to=sale["id"]
            )
            for at, part in enumerate(parts)
        ]
        made.plant("refund", sale["counterparty"], [sale, *rows])
    for _ in range(200):
        sale = made.add("receipt", "840.00", made.random.uniform(0, 60))
        for at in range(made.random.randrange(1, 3)):
            made.add("refund", "420.00", 65 + at, counterparty=sale["counterparty"], refers_to=sale["id"])


def _approvals(made: Quarter) -> None:
    """Payments that one person entered and approved, or nobody approved; beside them money that comes in."""
    for number, (clerk, approved) in enumerate(
        (("f.ferreira", "f.ferreira"), ("g.novak", "G.NOVAK"), ("h.berg", " h.berg "), ("i.rossi", ""), ("k.demir", ""))
    ):
        rows = [
            made.add(
                "payment", f"{410 + number * 5 + at}.00", 6 + number * 9 + at, entered_by=clerk, approved_by=approved
            )
            for at in range(1 + number % 4)
        ]
        made.plant("self-approved", clerk, rows)
        made.add("receipt", "90.00", 70, entered_by=clerk, approved_by=clerk)


def _besides(made: Quarter) -> None:
    """Rows of other days, rows that are there twice, and rows that cannot be right."""
    chance = made.random
    made.add("payment", "5000.00", 0, booked_at="2026-06-30T23:30:00+02:00", document="")
    made.add("payment", "5000.00", 0, booked_at="2026-09-30T23:30:00-05:00", document="")
    before = made.add("receipt", "700.00", 0, booked_at="2026-06-12")
    made.rows[-4]["booked_at"] = "2026-06-30T22:30:00-05:00"  # the first of July in Berlin
    made.rows.append(made.rows[0] | {})
    made.rows += [row | {} for row in chance.sample(made.rows[:CHECKED], 5)]
    for wrong in (
        {"amount": "12,34,5"},
        {"amount": "n/a"},
        {"amount": "0.00"},
        {"amount": "-75.00"},
        {"currency": "XBT"},
        {"booked_at": "07/08/2026"},
        {"booked_at": "2026-02-30"},
        {"kind": "gift"},
        {"country": "Germany"},
        {"customer": ""},
        {"amount": "1.250", "currency": "KWD"},
        {"id": before["id"]},
    ):
        made.add("payment", "75.00", chance.uniform(0, 80)).update(wrong)


def as_csv(rows: Sequence[Cells]) -> bytes:
    """The file."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    made = quarter()
    SAMPLE.parent.mkdir(parents=True, exist_ok=True)
    SAMPLE.write_bytes(as_csv(made.rows))
    TRUTH.write_text(json.dumps(made.truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{SAMPLE.name}: {len(made.rows):,} rows, {len(made.truth)} findings")
