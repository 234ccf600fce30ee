"""How well a process did: how its runs ended, what they cost and took, and the grade that follows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from contracts.processes import Process
from starters.happenings import Ended, RunStatus
from starters.report.figures import Grade, ProcessFigures
from starters.report.runs import Story
from starters.words import dig


class Outcome(StrEnum):
    """How a run counts."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    STOPPED_BY_LIMIT = "stopped_by_limit"
    STOPPED_BY_HAND = "stopped_by_hand"
    FAILED = "failed"


def outcome_of(end: Ended | None) -> Outcome:
    """A run succeeded when it came to its own end. Where people said no, or let a gate expire, it did: the process
    worked, and the no is what it was built to take."""
    match end:
        case None:
            return Outcome.RUNNING
        case Ended(status=RunStatus.COMPLETED):
            return Outcome.SUCCEEDED
        case Ended(status=RunStatus.STOPPED, result=result):
            return Outcome.STOPPED_BY_LIMIT if dig(result, "partial", "limit") else Outcome.STOPPED_BY_HAND
        case _:
            return Outcome.FAILED


def grade_of(score: Fraction) -> Grade:
    """Above 95 % production grade, from 85 % an internal tool, from 70 % a pilot, below that not to be shipped."""
    if score > Fraction(95, 100):
        return Grade.PRODUCTION
    if score >= Fraction(85, 100):
        return Grade.INTERNAL
    return Grade.PILOT if score >= Fraction(70, 100) else Grade.UNFIT


@dataclass
class Scores:
    """Adds up the runs of one process."""

    process: Process
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    worked: timedelta = timedelta(0)
    cheap: int = 0
    quick: int = 0

    def add(self, story: Story) -> None:
        """One more run."""
        outcome = outcome_of(story.end)
        self.outcomes[outcome] += 1
        if outcome is Outcome.RUNNING:
            return
        cost, worked, targets = story.cost_usd, story.working_time, self.process.targets
        self.cost, self.worked = self.cost + cost, self.worked + worked
        if targets and outcome is Outcome.SUCCEEDED:
            self.cheap += cost <= targets.usd
            self.quick += worked <= targets.working_time

    def figures(self) -> ProcessFigures:
        """As reports show them."""
        runs, targets, score = self.outcomes.total(), self.process.targets, self._score()
        n, succeeded = runs - self.outcomes[Outcome.RUNNING], self.outcomes[Outcome.SUCCEEDED]
        return ProcessFigures(
            process=self.process.name,
            runs=runs,
            n=n,
            **{outcome.value: self.outcomes[outcome] for outcome in Outcome},
            mean_cost_usd=float(self.cost / n) if n else None,
            mean_working_time_s=self.worked.total_seconds() / n if n else None,
            target_usd=float(targets.usd) if targets else None,
            target_working_time_s=targets.working_time.total_seconds() if targets else None,
            within_cost=self.cheap / succeeded if targets and succeeded else None,
            within_working_time=self.quick / succeeded if targets and succeeded else None,
            score=float(score) if score is not None else None,
            grade=grade_of(score) if score is not None else None,
        )

    def _score(self) -> Fraction | None:
        n, succeeded = self.outcomes.total() - self.outcomes[Outcome.RUNNING], self.outcomes[Outcome.SUCCEEDED]
        if not n or not self.process.targets:
            return None
        if not succeeded:
            return Fraction(0)
        return Fraction(succeeded, n) * Fraction(self.cheap, succeeded) * Fraction(self.quick, succeeded)
