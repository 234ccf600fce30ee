"""The rows of a quarter's transactions as they come in life: times, amounts and papers written in several ways."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

BEGIN = datetime(2026, 7, 1, 8, tzinfo=UTC)

NAMES = json.loads(Path(__file__).with_name("parties.json").read_text(encoding="utf-8"))
CUSTOMERS: list[str] = NAMES["customers"]
PARTIES: list[str] = NAMES["counterparties"]
CLERKS = ["a.weber", "b.okafor", "c.lindqvist", "d.marino", "e.tanaka"]
HEADS = ["m.hoffmann", "n.petrova", "o.diallo"]

Cells = dict[str, str]


class Quarter:
    """Rows, and what is to be found in them."""

    def __init__(self, seed: int = 2026) -> None:
        self.random = random.Random(seed)
        self.rows: list[Cells] = []
        self.truth: list[dict[str, object]] = []
        self._ids: set[str] = set()
        self._documents = 0

    def add(self, kind: str, amount: str, day: float, **cells: str) -> Cells:
        """A row with nothing wrong about it, but for what is given."""
        clerk = self.random.choice(CLERKS)
        row = {
            "id": self._id(),
            "booked_at": self._time(day),
            "account": "AC-00001",
            "customer": self.random.choice(CUSTOMERS),
            "kind": kind,
            "amount": self._written(Decimal(amount), cells.get("currency", "EUR")),
            "currency": "EUR",
            "counterparty": "" if kind.startswith("cash") else self.random.choice(PARTIES),
            "country": ""
            if kind.startswith("cash")
            else self.random.choice(("DE", "FR", "BR", "JP", "US", "NO", "TR")),
            "document": self.document(),
            "entered_by": clerk,
            "approved_by": self.random.choice(HEADS),
            "refers_to": "",
        } | cells
        self.rows.append(row)
        return row

    def plant(self, check: str, party: str, rows: Sequence[Cells]) -> None:
        """That these rows are one finding."""
        self.truth.append({"check": check, "party": party, "ids": sorted(row["id"] for row in rows)})

    def document(self) -> str:
        """A paper's number that no other row has."""
        self._documents += 1
        return f"INV-26-{self._documents:05}"

    def _id(self) -> str:
        """Seven digits, the last one a check digit (Luhn): two ids never differ in one digit alone."""
        while True:
            body = f"{self.random.randrange(10**6):06}"
            doubled = [sum(divmod(int(digit) * 2, 10)) if at % 2 else int(digit) for at, digit in enumerate(body)]
            made = f"T-{body}{-sum(doubled) % 10}"
            if made not in self._ids:
                self._ids.add(made)
                return made

    def _time(self, day: float) -> str:
        moment = BEGIN + timedelta(days=day)
        match self.random.randrange(5):
            case 0:
                return moment.isoformat().replace("+00:00", "Z")
            case 1:
                return moment.astimezone(timezone(timedelta(hours=2))).isoformat()
            case 2:
                return moment.astimezone(timezone(timedelta(hours=-5))).isoformat()
            case 3:
                return f"{moment + timedelta(hours=2):%d.%m.%Y %H:%M}"
            case _:
                return f"{moment + timedelta(hours=2):%Y-%m-%d %H:%M}"

    def _written(self, amount: Decimal, currency: str) -> str:
        places = {"JPY": 0, "KWD": 3}.get(currency, 2)
        text = f"{amount:,.{places}f}"
        if places != 2:
            return text.replace(",", "") if places else text
        if currency == "INR":
            return f"{amount:.2f}"
        match self.random.randrange(5):
            case 0:
                return text.replace(",", "'")
            case 1:
                return text.translate(str.maketrans(",.", ".,"))
            case 2:
                return text.translate(str.maketrans(",.", "\u00a0,"))
            case 3:
                return f"{amount:.2f}"
            case _:
                return text
