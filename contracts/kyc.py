"""The rules of admission: a table that a compliance officer writes, and what follows from it. Pure code decides."""

from enum import StrEnum
from typing import Annotated, Self, assert_never

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.crm import Line
from contracts.processes import Label

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]
"""As machine readable zones have it: three letters (ISO 3166-1 alpha-3, and ICAO's own), or `D` for Germany."""

Percent = Annotated[int, Field(ge=0, le=100)]
Condition = bool | int | str


class Verdict(StrEnum):
    """What the rules say of an application."""

    PASS = "pass"
    REFER = "refer"
    """Two officers decide."""
    REFUSE = "refuse"


class KycFacts(BaseModel):
    """What is known of an application: what rules may ask about. None: not known, which no rule takes for a yes."""

    model_config = ConfigDict(frozen=True)

    wrong_check_digits: int = Field(ge=0, description="parts of the machine readable zone that cannot be right")
    document_number_differs: bool = Field(description="from the number that was applied with")
    document_expired: bool | None
    days_to_expiry: int | None
    name_similarity: Percent = Field(description="the applicant's name beside the document's, 0 to 100")
    birth_date_differs: bool | None = Field(description="from the document's; None where that names none")
    nationality_differs: bool = Field(description="from the document's")
    age: int = Field(description="in years, by the date of birth that was applied with")
    nationality: Country
    issuer: Country = Field(description="who issued the document")
    residence: Country
    watchlist_score: Percent = Field(
        description="the best likeness to a name of the watchlist, whatever its birth date"
    )
    watchlist_same_birth_score: Percent = Field(description="the same, of those with this date or year of birth")
    credit_file: bool = Field(description="whether the credit bureau knows the applicant")
    credit_score: int | None = Field(description="the bureau's, 0 (bad) to 1000")
    credit_defaults: int | None = Field(description="unpaid debts that the bureau knows of")
    credit_limit: int = Field(ge=0, description="what was applied for, in whole euros")


MUST_ASK = (
    "wrong_check_digits",
    "document_number_differs",
    "document_expired",
    "name_similarity",
    "birth_date_differs",
    "age",
    "residence",
    "watchlist_score",
    "credit_score",
)
"""A table without a rule about each of these lets nobody pass."""


class KycRule(BaseModel):
    """One line of the table: where its one condition holds, or cannot be answered, the application does not pass."""

    model_config = ConfigDict(frozen=True)

    id: Label
    fact: Label
    equals: bool | None = None
    one_of: tuple[Country, ...] | None = Field(default=None, min_length=1)
    none_of: tuple[Country, ...] | None = Field(default=None, min_length=1)
    at_least: int | None = None
    at_most: int | None = None
    then: Verdict
    because: Line

    @model_validator(mode="after")
    def _fits_its_fact(self) -> Self:
        if self.fact not in KycFacts.model_fields:
            raise ValueError(f"{self.id} asks about {self.fact}, which is no fact: {', '.join(KycFacts.model_fields)}")
        if self.then is Verdict.PASS:
            raise ValueError(f"{self.id} lets pass: rules refer or refuse, and what none of them stops passes")
        said = [name for name in _CONDITIONS if getattr(self, name) is not None]
        fitting = _fitting(self.fact)
        if len(said) != 1 or said[0] not in fitting:
            raise ValueError(f"{self.id} needs one condition, of {', '.join(fitting)}")
        return self

    def holds(self, facts: KycFacts) -> bool | None:
        """Whether its condition holds; None where the fact is not known."""
        value: Condition | None = getattr(facts, self.fact)
        match value:
            case None:
                return None
            case bool():
                return value == self.equals
            case int():
                low, high = self.at_least, self.at_most
                return (low is not None and value >= low) or (high is not None and value <= high)
            case str():
                return value in self.one_of if self.one_of else value not in (self.none_of or ())
            case _:
                assert_never(value)


_CONDITIONS = ("equals", "one_of", "none_of", "at_least", "at_most")


def _fitting(fact: str) -> tuple[str, ...]:
    """The conditions that can be put on a fact."""
    kind = str(KycFacts.model_fields[fact].annotation)
    if "bool" in kind:
        return ("equals",)
    return ("at_least", "at_most") if "int" in kind else ("one_of", "none_of")


class KycTable(BaseModel):
    """The table as it was when it was read. `digest`: SHA-256 (hex) of the file."""

    model_config = ConfigDict(frozen=True)

    version: Line
    digest: str
    rules: tuple[KycRule, ...]


class FiredRule(BaseModel):
    """A rule that spoke against an application, and the fact that it spoke about; `open`: what no rule can answer."""

    model_config = ConfigDict(frozen=True)

    rule: str
    then: Verdict
    because: str
    fact: str
    value: str


class KycDecision(BaseModel):
    """What the rules say, why, and by which table and list."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    fired: tuple[FiredRule, ...] = Field(description="the rules that led to it; none: nothing speaks against it")
    rules_version: str
    rules_digest: str = Field(description="SHA-256 of the table")
    watchlist_digest: str = Field(description="SHA-256 of the watchlist")


def decide(table: KycTable, facts: KycFacts, watchlist_digest: str) -> KycDecision:
    """The worst that a rule says. It fails closed: what is not known, or not asked, is referred."""
    fired = [spoken for rule in table.rules if (spoken := _spoken(rule, facts))]
    asked = dict.fromkeys(rule.fact for rule in table.rules)
    fired += [_open(fact, "not known") for fact in asked if getattr(facts, fact) is None]
    fired += [_open(fact, "no rule asks about it") for fact in MUST_ASK if fact not in asked]
    said = {one.then for one in fired}
    verdict = next((one for one in (Verdict.REFUSE, Verdict.REFER) if one in said), Verdict.PASS)
    return KycDecision(
        verdict=verdict,
        fired=tuple(fired),
        rules_version=table.version,
        rules_digest=table.digest,
        watchlist_digest=watchlist_digest,
    )


def _spoken(rule: KycRule, facts: KycFacts) -> FiredRule | None:
    if not rule.holds(facts):
        return None
    value = str(getattr(facts, rule.fact))
    return FiredRule(rule=rule.id, then=rule.then, because=rule.because, fact=rule.fact, value=value)


def _open(fact: str, why: str) -> FiredRule:
    return FiredRule(rule="open", then=Verdict.REFER, because=f"{fact}: {why}", fact=fact, value="")
