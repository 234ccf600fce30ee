"""What people may send to a run: six signals, one update, one query; the same on every process.

A typed handler drops what does not fit, or wedges the run for ever when the number of arguments is wrong. So handlers
take anything, check it strictly, record what they refuse, and never raise.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import RawValue

from contracts.gates import DECISION, Abstain, AnswerGate, Approve, Decision, Reject, Reply, Retract, Stop
from contracts.visibility import State
from workflows.steps.gates import Gates

M = TypeVar("M")

SIGNALS = ("approve", "reject", "answer", "abstain", "retract", "stop")


class TakesMessages:
    """The handlers of a process. They stand on a class because the Temporal UI lists what it finds there."""

    gates: Gates

    @workflow.signal(description='Yes: {"by": "you"}; gate, digest, note and edit may stand beside it')
    def approve(self, payload: Any = None, *extra: Any) -> None:
        """Approve an open gate's subject."""
        self._decide("approve", Approve.model_validate, payload, extra)

    @workflow.signal(description='No: {"by": "you", "reason": "why"}; gate and digest may stand beside it')
    def reject(self, payload: Any = None, *extra: Any) -> None:
        """Reject an open gate's subject."""
        self._decide("reject", Reject.model_validate, payload, extra)

    @workflow.signal(description='Leave it to the others: {"by": "you"}; gate, digest and note may stand beside it')
    def abstain(self, payload: Any = None, *extra: Any) -> None:
        """Abstain at an open gate."""
        self._decide("abstain", Abstain.model_validate, payload, extra)

    @workflow.signal(description='Take your approval back while the gate is open: {"by": "you"}')
    def retract(self, payload: Any = None, *extra: Any) -> None:
        """Take back what one has said at an open gate."""
        self._decide("retract", Retract.model_validate, payload, extra)

    @workflow.signal(description='Answer a question: {"by": "you", "text": "..."}, or "choice" in place of text')
    def answer(self, payload: Any = None, *extra: Any) -> None:
        """Answer an open gate's question."""
        self._decide("answer", AnswerGate.model_validate, payload, extra)

    @workflow.signal(description='End the run cleanly: {"by": "you", "reason": "why"}')
    def stop(self, payload: Any = None, *extra: Any) -> None:
        """Pull the switch."""
        self.gates.progress.chain.heard()
        message = self._read("stop", Stop.model_validate, payload, extra)
        if message is not None:
            self.gates.progress.stop(message)

    @workflow.signal(dynamic=True, description="Anything else is refused and recorded")
    def unknown(self, name: str, _: Sequence[RawValue]) -> None:
        """Record a signal that nobody handles; Temporal would buffer it in silence."""
        self.refuse_signal(name, f"no such signal: there are {', '.join(SIGNALS)}")

    @workflow.update(
        description='{"verdict": "approve|reject|answer|abstain|retract", "by": "you"}; answers whether it was accepted'
    )
    def decide(self, payload: Any = None, *_: Any) -> Reply:
        """Decide an open gate, and tell the sender what came of it."""
        self.gates.progress.chain.heard(update=True)
        return self.gates.decide(DECISION.validate_python(payload))

    @decide.validator
    def readable(self, payload: Any = None, *extra: Any) -> None:
        """Turn away what cannot be read; a rejected update leaves no event."""
        parse_message(DECISION.validate_python, payload, extra)

    @workflow.query(description="Phase, open gates with their subjects, cost, refused messages")
    def state(self) -> State:
        """Where the run stands."""
        return self.gates.progress.state()

    def refuse_signal(self, name: str, reason: str) -> None:
        """Record a signal that no handler takes."""
        self.gates.progress.chain.heard()
        self.gates.progress.refuse(name, None, None, reason)

    def _decide(self, name: str, validate: Callable[[Any], Decision], payload: Any, extra: tuple[Any, ...]) -> None:
        self.gates.progress.chain.heard()
        decision = self._read(name, validate, payload, extra)
        if decision is not None:
            self.gates.decide(decision)

    def _read(self, name: str, validate: Callable[[Any], M], payload: Any, extra: tuple[Any, ...]) -> M | None:
        """The message, or None where it cannot be read, which is recorded."""
        try:
            return parse_message(validate, payload, extra)
        except ValueError as error:
            by, gate = (payload.get("by"), payload.get("gate")) if isinstance(payload, dict) else (None, None)
            self.gates.progress.refuse(name, by, gate, str(error))
            return None


def parse_message(validate: Callable[[Any], M], payload: Any, extra: tuple[Any, ...]) -> M:
    """A message from decoded JSON. Raises ValueError, which names the field."""
    if extra or not isinstance(payload, dict):
        raise ValueError("one JSON object is wanted")
    try:
        return validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'message'}: {first['msg']}"[:500]) from None
