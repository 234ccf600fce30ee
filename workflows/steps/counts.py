"""What a run counts: a call's id, an effect's key and a tool's policy hang on how often something was done before."""

from collections import Counter

from contracts.chain import Counted


class Counts:
    """One run's counters."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        """By step: calls, whose activity ids are numbered."""
        self.asked: Counter[str] = Counter()
        """By step and model: calls of the model."""
        self.uses: Counter[str] = Counter()
        """By tool."""
        self.acts: Counter[str] = Counter()
        """By step: effects, whose keys are numbered."""
        self.loops: Counter[str] = Counter()
        """By step: loops of an agent."""
        self.spent: set[tuple[str, str]] = set()
        """Approvals that were used: gate and digest."""
        self.done: dict[str, None] = {}
        """Steps that were taken to their end, in order."""

    def so_far(self) -> Counted:
        """As they stand."""
        return Counted(
            calls=dict(self.calls),
            asked=dict(self.asked),
            uses=dict(self.uses),
            acts=dict(self.acts),
            loops=dict(self.loops),
            spent=tuple(sorted(self.spent)),
            done=tuple(self.done),
        )

    def go_on_from(self, before: Counted) -> None:
        """Stand as they stood."""
        self.calls, self.asked = Counter(before.calls), Counter(before.asked)
        self.uses, self.acts = Counter(before.uses), Counter(before.acts)
        self.loops = Counter(before.loops)
        self.spent, self.done = set(before.spent), dict.fromkeys(before.done)
