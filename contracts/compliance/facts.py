"""The facts of a report in words: what a model is told, and what its sections are held against."""

from collections.abc import Iterator, Sequence
from datetime import date

from contracts.compliance.findings import AuditFinding, CheckedTransactions, CheckRecord
from contracts.compliance.rules import CHECKS, CheckKind, CheckRules
from contracts.compliance.sections import CHECKS_OF, MOST_PARAGRAPHS, SectionDraft, SectionKey
from contracts.money import in_words
from contracts.prose.figures import Statement

_NAMES = "January February March April May June July August September October November December"
_MONTHS = tuple(_NAMES.split())

LONGEST = 550
"""Characters of a paragraph of code's own."""
MOST_LINES = 30
"""Facts that a model is shown of a section: more would not fit a small model, and belong into the table."""

_RULES = ("rule*", "threshold*", "limit*")
"""A rule's figures count where a text speaks of a rule."""

_UNITS = {
    CheckKind.LARGE_CASH: "cash transaction",
    CheckKind.STRUCTURING: "cash deposit",
    CheckKind.WATCH_LIST: "payment",
    CheckKind.COUNTRY: "payment",
    CheckKind.MISSING_PAPER: "payment",
    CheckKind.DUPLICATE: "equal payment",
    CheckKind.REFUND: "refund entry",
    CheckKind.SELF_APPROVED: "payment",
}


def spoken_day(day: date) -> str:
    """`3 July 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def statements_of(
    section: SectionKey, checked: CheckedTransactions, rules: CheckRules, company: str, period: tuple[date, date]
) -> tuple[Statement, ...]:
    """All that a section may say."""
    scope = Statement(says=_scope(company, period))
    general = [scope, Statement(says=_number_of(checked)), scope.model_copy(update={"about": ("period*",)})]
    if section in (SectionKey.SUMMARY, SectionKey.DATA):
        general += _of_data(checked)
    records = [record for record in checked.checks if record.check in CHECKS_OF[section]]
    found = [one for one in checked.findings if one.check in CHECKS_OF[section]] if section != "summary" else []
    lines = [*general, *(line for record in records for line in _of_check(record, checked, rules))]
    return (*lines, *(line for one in found for line in _of_finding(one, rules)))


def for_a_model(statements: Sequence[Statement]) -> str:
    """The facts as a prompt shows them, a line each."""
    lines = list(dict.fromkeys(one.says for one in statements))
    rest = f"- ... and {len(lines) - MOST_LINES} more, which the table of findings names"
    return "\n".join([*(f"- {line}" for line in lines[:MOST_LINES]), *([rest] if len(lines) > MOST_LINES else [])])


def template(section: SectionKey, statements: Sequence[Statement]) -> SectionDraft:
    """The section that code writes: its facts, in order, as far as there is room; the table names all findings."""
    general = section in (SectionKey.SUMMARY, SectionKey.DATA)
    says = [one.says for one in statements if not (_is_a_row(one) or one.says.startswith("Rule: "))]
    # What the report is about is said once.
    lines = list(dict.fromkeys(says))[0 if general else 1 :]
    paragraphs, left_out = [""], False
    for line in lines:
        if len(line) > LONGEST:
            left_out = True
        elif len(paragraphs[-1]) + len(line) < LONGEST:
            paragraphs[-1] = f"{paragraphs[-1]} {line}".strip()
        elif len(paragraphs) < MOST_PARAGRAPHS:
            paragraphs.append(line)
        else:
            left_out = True
            break
    if left_out:
        paragraphs[-1] += " The table of findings names the others."
    return SectionDraft(paragraphs=tuple(paragraphs))


def _is_a_row(statement: Statement) -> bool:
    return len(statement.about) == 1 and any(letter.isdigit() for letter in statement.about[0])


def _scope(company: str, period: tuple[date, date]) -> str:
    starts, ends = map(spoken_day, period)
    return f"This report is about the transactions of {company} from {starts} to {ends}."


def _number_of(checked: CheckedTransactions) -> str:
    found, checks = len(checked.findings), len(checked.checks)
    return f"{checked.counts.checked:,} transactions were checked in {checks} checks, with {_many(found, 'finding')}."


def _of_data(checked: CheckedTransactions) -> Iterator[Statement]:
    counts = checked.counts
    yield from _known_as(f"The file has {_many(counts.rows, 'row')}.", ("file*",))
    unreadable = f"Unreadable, and named by line: {_many(counts.unreadable, 'row')}."
    yield from _known_as(unreadable, ("unreadable*", "could not be read", "cannot be read"))
    repeated = f"Repeated letter by letter, and counted once: {_many(counts.repeated, 'row')}."
    yield from _known_as(repeated, ("repeat*", "more than once"))
    yield from _known_as(f"Outside the period, and left out: {_many(counts.outside, 'row')}.", ("outside*", "left out"))


def _known_as(says: str, signs: Sequence[str]) -> Iterator[Statement]:
    """One fact, of which a text speaks by any of these words."""
    yield from (Statement(says=says, about=(sign,)) for sign in signs)


def _of_check(record: CheckRecord, checked: CheckedTransactions, rules: CheckRules) -> Iterator[Statement]:
    text, all_of_them = CHECKS[record.check], len(checked.findings)
    total = in_words(record.total, rules.currency)
    says = f"{text.title}: {_many(record.looked_at, 'transaction')} looked at, with 0 findings."
    if record.findings:
        whole = f" of the {all_of_them:,} findings" if record.findings < all_of_them else ""
        findings = f"{record.findings:,}{whole}" if whole else _many(record.findings, "finding")
        rows = _many(record.transactions, "transaction")
        says = f"{text.title}: {findings}, with {rows} worth {total} in all."
    yield from _known_as(says, text.signs)
    yield from _known_as(f"Rule: {text.rule(rules)}", _RULES)


def _of_finding(finding: AuditFinding, rules: CheckRules) -> Iterator[Statement]:
    total, unit = in_words(finding.total, rules.currency), _UNITS[finding.check]
    days = f"on {spoken_day(finding.first)}"
    if finding.first != finding.last:
        days = f"from {spoken_day(finding.first)} to {spoken_day(finding.last)}"
    ids = ", ".join(row.id for row in finding.evidence)
    says = (
        f"{finding.name}, {finding.party}: {finding.what}, {_many(finding.transactions, unit)} {days}, {total} ({ids})."
    )
    yield Statement(says=says, about=(finding.party,))
    yield Statement(says=says, about=(finding.name,))
    for row in finding.evidence:
        amounts = in_words(row.amount, row.currency)
        if row.currency != rules.currency:
            amounts += f", worth {in_words(row.worth, rules.currency)}"
        line = f"Transaction {row.id}: {amounts}, {spoken_day(row.day)}, line {row.line}."
        yield Statement(says=line, about=(row.id,))


def _many(number: int, what: str) -> str:
    """`3 findings`, `1 finding`."""
    plural = what if number == 1 else f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {plural}"
