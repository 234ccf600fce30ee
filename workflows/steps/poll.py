"""The votes at one gate: whose count, how many are missing, and who is asked next. Knows no clock of its own."""

from datetime import datetime

from contracts.approvers import Approver, Rules
from contracts.chain import GateSoFar, Vote
from contracts.gates import Abstain, Card, Decision, Retract
from contracts.policies import Stage
from workflows.steps.refused import Refused
from workflows.steps.signatures import check_signature


class Poll:
    """Who has approved so far. Nobody decides twice, and each stage waits for the one before."""

    def __init__(self, rules: Rules, requester: str | None, workflow_id: str) -> None:
        self.rules = rules
        self.votes: list[Vote] = []
        self.abstained: list[str] = []
        self.escalated = 0
        self.signed_at: dict[str, datetime] = {}
        self._requester = requester
        self._workflow_id = workflow_id
        self._known = None if rules.approvers is None else {one.name: one for one in rules.approvers}

    def resume(self, so_far: GateSoFar) -> None:
        """Go on where the run before this one of the chain stood."""
        self.votes, self.abstained = list(so_far.votes), list(so_far.abstained)
        self.escalated, self.signed_at = so_far.escalated, dict(so_far.signed_at)

    @property
    def stage(self) -> int:
        """The stage whose votes are missing; the last one when none is."""
        stages = self.rules.policy.stages
        return next((n for n, stage in enumerate(stages) if self._votes_of(n) < stage.needed), len(stages) - 1)

    @property
    def missing(self) -> int:
        """How many more must approve."""
        return self.rules.policy.needed - len(self.votes)

    @property
    def asked(self) -> tuple[str, ...]:
        """Who may decide now, by name and role; empty: everybody who may at all."""
        if not (who := self._stage.who):
            return ()
        return tuple(dict.fromkeys((*who, *self._others)))

    @property
    def hopeless(self) -> bool:
        """Whether so many have abstained that the stage cannot be filled, and nobody else will be asked."""
        if self._known is None or self.escalated < len(self.rules.policy.escalations):
            return False
        able = [one for one in self._known.values() if self._may(one) and not self._is_out(one.name)]
        return len(able) < self._stage.needed - self._votes_of(self.stage)

    def admit(self, decision: Decision, card: Card, now: datetime) -> None:
        """Raise Refused unless its sender may decide now, and says so beyond doubt."""
        policy, by = self.rules.policy, decision.by
        if policy.bound and decision.digest is None:
            raise Refused(f"a decision at {card.gate} must name the digest of what it shows")
        if policy.separate and self._requester is not None and _same(by, self._requester):
            raise Refused(f"{by} has requested this, and cannot decide it")
        approver = self._approver(by)
        if not isinstance(decision, Retract) and approver and not self._may(approver):
            raise Refused(f"{by} is not asked at {card.gate}: it waits for {', '.join(self.asked)}"[:500])
        if isinstance(decision, Abstain) or decision.verdict in ("approve", "answer"):
            self._not_twice(by)
        if decision.signature or policy.signed:
            at = check_signature(decision, approver, self._workflow_id, card, now, self.signed_at.get(by))
            self.signed_at[by] = at

    def counts(self, by: str) -> bool:
        """Whether an approval of theirs fills a seat of the stage that is open now."""
        approver = self._approver(by)
        return approver is None or self._may(approver)

    def count(self, decision: Decision, now: datetime) -> None:
        """An approval, or an answer."""
        self.votes.append(Vote(decision=decision, at=now, stage=self.stage))

    def retract(self, by: str) -> None:
        """Take a vote or an abstention back; with a vote go those of the stages after it. Raises Refused."""
        if mine := next((vote for vote in self.votes if _same(vote.by, by)), None):
            self.votes = [vote for vote in self.votes if vote is not mine and vote.stage <= mine.stage]
        elif any(_same(by, one) for one in self.abstained):
            self.abstained = [one for one in self.abstained if not _same(by, one)]
        else:
            raise Refused(f"{by} has nothing to take back")

    def begin_anew(self) -> None:
        """What was voted on is not what is asked now."""
        self.votes, self.abstained = [], []

    def _not_twice(self, by: str) -> None:
        if any(_same(vote.by, by) for vote in self.votes):
            raise Refused(f"{by} has approved this already")
        if any(_same(by, one) for one in self.abstained):
            raise Refused(f"{by} has abstained; that can be taken back (retract)")

    def _approver(self, by: str) -> Approver | None:
        """None where no list of approvers is kept."""
        if self._known is None:
            return None
        if by not in self._known:
            raise Refused(f"{by} may not decide here: SIGNOFF_APPROVERS does not let them")
        return self._known[by]

    def _may(self, approver: Approver) -> bool:
        who = self._stage.who
        return not who or approver.is_one_of((*who, *self._others))

    def _is_out(self, name: str) -> bool:
        requested = self.rules.policy.separate and self._requester is not None and _same(name, self._requester)
        return requested or any(_same(name, one) for one in (*self.abstained, *(vote.by for vote in self.votes)))

    def _votes_of(self, stage: int) -> int:
        return sum(vote.stage == stage for vote in self.votes)

    @property
    def _stage(self) -> Stage:
        return self.rules.policy.stages[self.stage]

    @property
    def _others(self) -> tuple[str, ...]:
        begun = self.rules.policy.escalations[: self.escalated]
        return tuple(name for escalation in begun for name in escalation.to)


def _same(one: str, other: str) -> bool:
    """Two spellings of a name are one person."""
    return one.casefold() == other.casefold()
