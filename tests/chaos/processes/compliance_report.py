"""ComplianceReport under chaos: one report, signed by two."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from contracts.compliance.facts import template
from contracts.compliance.sections import TITLES, SectionKey
from contracts.compliance_report import COMPLIANCE_REPORT
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.support.compliance import QUIET, checked, facts, read_input
from tests.support.provider_server import Received, Says

REPORTS = Path(".signoff") / "reports"
REQUEST = read_input(QUIET) | {"occasion": "chaos"}


def answers(request: Received) -> Says:
    """A model that writes what code would have written."""
    asked = json.dumps(request.body, ensure_ascii=False)
    section = next(key for key in SectionKey if TITLES[key] in asked)
    paragraphs = template(section, facts(section, *checked(QUIET))).paragraphs
    return Says(json.dumps({"paragraphs": list(paragraphs)}))


async def sign(person: Person) -> None:
    """The one who prepared it tries to be the second, too."""
    await person.votes("sign-report", *(("approve", {"by": who}) for who in ("ann", "ann", "bob")))


def effects(folder: Path, _: str) -> Counter[str]:
    """Reports in their folder; what is on its way there has a hidden name."""
    found = (folder / REPORTS).glob("*/*")
    return Counter(f"report {one.parent.name}/{one.name}" for one in found if not one.name.startswith("."))


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without the costs, which are held against the record, and the files, which say when they were signed."""
    return {name: value for name, value in result.items() if name not in ("cost_usd", "reason", "files")}


PLAYED = Played(
    process=COMPLIANCE_REPORT,
    variants=(Variant("signed by two", REQUEST, sign, answers),),
    effects=effects,
    lasting=lasting,
    second=lambda first, other: False,
)
