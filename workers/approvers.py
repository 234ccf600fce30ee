"""What a worker settles about approvers before it starts: whether every gate can be decided, and who is told."""

from datetime import UTC, datetime

from contracts.catalogue import PROCESSES
from contracts.policies import PATIENCE
from contracts.processes import Decider, Process, Step
from runtime.gate_checks import policy_problem
from runtime.settings import Settings, SettingsError


def check_gates(settings: Settings) -> None:
    """Raise SettingsError for a gate that nobody could decide, or not as its policy wants it."""
    for process in PROCESSES.values():
        for step in process.steps:
            if step.by is Decider.PERSON or step.gate:
                _check_gate(settings, process, step)


def check_notices(settings: Settings) -> None:
    """Raise SettingsError where mails are to go out, and there is no server that sends them."""
    if settings.approvers and settings.approvers.notices.sender and settings.smtp_url is None:
        advice = 'set it, or remove "from" there'
        raise SettingsError(
            f"SIGNOFF_SMTP_URL is not set, and [notices] of {settings.approvers_file} needs it: {advice}"
        )


def who_decides(settings: Settings) -> str:
    """One line for the worker's start."""
    if settings.approvers is None:
        return "SIGNOFF_APPROVERS is not set: whoever can reach the namespace may decide"
    count = len(settings.approvers.approvers)
    return f"{count} approver{'s' * (count != 1)} in {settings.approvers_file}: nobody else may decide"


def _check_gate(settings: Settings, process: Process, step: Step) -> None:
    approvers, usual = settings.approvers, step.gate or PATIENCE
    policy = approvers.policy_for(process.name, step.name, usual) if approvers else usual
    problem = policy_problem(policy, usual, approvers, datetime.now(UTC))
    if problem is None:
        return
    table = f"[gates.{process.name}.{step.name}]"
    if approvers and step.name in approvers.gates.get(process.name, {}):
        raise SettingsError(f"SIGNOFF_APPROVERS names {settings.approvers_file}, where {table} {problem}")
    of_file = f" (SIGNOFF_APPROVERS: {settings.approvers_file}, where {table} may say otherwise)" if approvers else ""
    raise SettingsError(f"the gate {step.name} of {process.name} {problem}{of_file}")
