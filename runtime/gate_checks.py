"""Whether a gate's policy can be met by the people that there are."""

from collections.abc import Callable
from datetime import datetime

from contracts.approvers import Approver
from contracts.policies import ROLE, GatePolicy, Silence
from runtime.approvers import Approvers
from runtime.quorum import Seats, lacking


def policy_problem(policy: GatePolicy, usual: GatePolicy, approvers: Approvers | None, now: datetime) -> str | None:
    """Why a gate could not decide, in the words that follow its name; None where it can.

    `usual`: the process's own policy, which knows whether its question has a default. `approvers`: None without a list.
    """
    if policy.silence is Silence.DEFAULT and usual.silence is not Silence.DEFAULT:
        return 'has silence = "default", and no question with a default answer: silence never approves; write "no"'
    if approvers is None:
        return _without_a_list(policy)
    if unknown := [name for name in _named(policy) if not approvers.among((name,))]:
        missing = f'the role "{unknown[0].removeprefix(ROLE)}"' if unknown[0].startswith(ROLE) else f'"{unknown[0]}"'
        return f"asks {missing}, and nobody is that in the list of approvers: add them, or ask somebody else"
    return _too_few(policy, approvers, lambda one: True, "") or (
        _too_few(policy, approvers, lambda one: _can_sign(one, now), " who has a key that is not revoked")
        if policy.signed
        else None
    )


def _without_a_list(policy: GatePolicy) -> str | None:
    if policy.signed:
        return "wants signed decisions, and SIGNOFF_APPROVERS is not set: name approvers and their keys"
    if named := _named(policy):
        return f"asks {named[0]}, and SIGNOFF_APPROVERS is not set: say there who that is"
    return None


def _named(policy: GatePolicy) -> list[str]:
    stages = [name for stage in policy.stages for name in stage.who]
    return [*stages, *(name for escalation in policy.escalations for name in escalation.to)]


def _too_few(policy: GatePolicy, approvers: Approvers, fit: Callable[[Approver], bool], how: str) -> str | None:
    """Escalations are no help: before them the gate waits for its stages."""
    seats = [
        Seats(stage.needed, [one.name for one in approvers.among(stage.who) if fit(one)]) for stage in policy.stages
    ]
    number = lacking(seats, any_one_absent=policy.separate)
    if number is None:
        return None
    stage, able = policy.stages[number], seats[number].able
    asked = ", ".join(stage.who) or "anybody"
    there = f"there {'is' if len(able) == 1 else 'are'} {len(able)}{how}" if able else f"there is nobody{how}"
    besides = " besides those of its other stages" if len(policy.stages) > 1 else ""
    apart = ", also when one of them is the requester, who does not decide (separate)" if policy.separate else ""
    return f"needs {stage.needed} of {asked}{besides}{apart}; {there}: name more, or need fewer"


def _can_sign(one: Approver, now: datetime) -> bool:
    return any(key.revoked is None or key.revoked > now for key in one.keys)
