"""What a call of an activity was about, in words. An activity that is not named here is told by its step."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts.llm import Answer, Rung, Verdict
from contracts.tools import Outcome
from starters.charges import charge_of
from starters.events import lenient
from starters.happenings import Called

ASK = "llm.ask"
RULES = "approvers.rules"
REVOCATIONS = "approvers.revocations"
BOOKKEEPING = (
    REVOCATIONS,
    RULES,
    "limits.read",
    "llm.quote",
    "notices.send",
    "standing.use",
    "transcript.compact",
)
"""Activities that only prepare others; told where they fail."""

_LONGEST = 240


def asked_words(call: Called) -> str:
    """A call that has begun."""
    about = call.summary or call.step
    if call.activity != ASK:
        return about
    # A re-ask says by itself that there was a reply before.
    again = ", after the reply did not fit" if dig(call.given, "retry") and rung_of(call) != Rung.REASK else ""
    return f"asking {model_name(dig(call.given, 'model'))}: {about}{again}"


def done_words(call: Called) -> str:
    """A call that came back."""
    answer = lenient(Answer, call.answer) if call.activity == ASK else None
    if answer:
        who, how = answer.response_model or model_name(dig(call.given, "model")), _BY_RUNG.get(rung_of(call), "")
        return f"model {who} answered {call.step}{how}: {judged(answer)} ({_price(call, answer)})"
    tell = _TOLD.get(call.activity)
    return (tell(call) if tell else None) or f"{call.step}: done"


def loss_words(call: Called) -> str:
    """What a model call is charged whose reply never came."""
    charge = charge_of(call) if call.activity == ASK else None
    return f" (charged {money(charge.usd)}, its worst case)" if charge else ""


def judged(answer: Answer) -> str:
    """What the reply was found to be."""
    why = f": {shortened('; '.join(answer.problems))}" if answer.problems else ""
    match answer.verdict:
        case Verdict.FITS:
            return "it fits, repaired" if answer.repaired else "it fits"
        case Verdict.MISFIT:
            return f"did not fit{why}"
        case Verdict.DECLINED:
            return f"declined to answer{why}"
        case Verdict.OUT_OF_ROOM:
            return f"ran out of room{why}"
        case Verdict.CUT:
            return f"was cut short{why}"


def rung_of(call: Called) -> str:
    """How the model was asked. Before rungs had names there were two ways."""
    rung = dig(call.given, "rung")
    return str(rung or (Rung.REASK if dig(call.given, "retry") else Rung.NATIVE))


_BY_RUNG: dict[str, str] = {
    Rung.TOOL: " by tool call",
    Rung.REASK: " when asked again",
    Rung.SCHEMA: " with the schema in the prompt",
    Rung.XML: " as XML",
}


def money(amount: Decimal | float) -> str:
    """US dollars with as many places as small calls need."""
    return f"{amount:.4f}".rstrip("0").rstrip(".") + " USD"


def length(time: timedelta) -> str:
    """A length of time: `24 h`, `10 min`, `61.5 s`."""
    seconds = time.total_seconds()
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.1f}".removesuffix(".0") + " s"


def model_name(ref: Any) -> str:
    """A model as settings write it."""
    provider, model = dig(ref, "provider"), dig(ref, "model")
    return f"{provider}:{model}" if model else str(provider or "a model")


def dig(value: Any, *path: str) -> Any:
    """A field of a field of some JSON; None where it is not there."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def shortened(text: str) -> str:
    """The beginning of a long text; `signoff show` has all of it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"


def _price(call: Called, answer: Answer) -> str:
    usage, charge = answer.usage, charge_of(call)
    cost = "price unknown" if charge is None else f"{'at most ' * charge.is_worst_case}{money(charge.usd)}"
    return f"{usage.input_tokens + usage.output_tokens} tokens, {cost}, {answer.duration_s:.1f} s"


def _read_lead(call: Called) -> str | None:
    name = dig(call.answer, "name")
    return f"read the notes about {name} ({dig(call.answer, 'company')})" if name else None


def _routed(call: Called) -> str | None:
    models = dig(call.answer, "models")
    return f"models: {', '.join(map(model_name, models))}" if isinstance(models, list) else None


def _slot(call: Called) -> str | None:
    spoken = dig(call.answer, "spoken")
    return f"proposes to meet on {spoken}" if spoken else None


def _hours(call: Called) -> str | None:
    return f"working hours there: from {call.answer}" if isinstance(call.answer, str) else None


def _sent(call: Called) -> str | None:
    to, message_id = dig(call.answer, "result", "to"), dig(call.answer, "result", "message_id")
    if not to:
        return None
    if dig(call.answer, "outcome") == Outcome.CONFLICT:
        return f"nothing sent: this business action had sent another text to {to} before ({message_id})"
    return f"mail sent to {to} ({message_id})"


def _logged(_: Called) -> str:
    return "noted in the CRM"


def _settled(call: Called) -> str:
    happened = dig(call.given, "happened")
    return f"the record says now that it {'happened' if happened else 'did not happen'}"


_TOLD: dict[str, Callable[[Called], str | None]] = {
    "crm.read_lead": _read_lead,
    "llm.route": _routed,
    "calendar.propose_slot": _slot,
    "calendar.next_working_time": _hours,
    "mail.send": _sent,
    "crm.log_follow_up": _logged,
    "effects.settle": _settled,
}
