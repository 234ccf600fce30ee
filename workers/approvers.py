"""What a worker settles about approvers before it starts: whether every gate can be decided, and who is told."""

from collections.abc import Iterator
from datetime import UTC, datetime

from contracts.catalogue import PROCESSES
from contracts.policies import PATIENCE
from contracts.processes import Decider, Process, Step
from runtime.gate_checks import policy_problem
from runtime.settings import Settings, SettingsError


def check_gates(settings: Settings) -> None:
    """Raise SettingsError for a gate that nobody could decide, or not as its policy wants it."""
    for process, step in _gates():
        problem = _problem(settings, process, step)
        if problem and not _may_wait(settings, process, step):
            raise SettingsError(problem)


def gates_that_wait(settings: Settings) -> list[str]:
    """What to do about each gate that takes more people than the list of approvers has: a line each.

    A team that has no use for such a process needs no more people for it: only its own runs wait.
    """
    found = ((process, step, _problem(settings, process, step)) for process, step in _gates())
    return [problem for process, step, problem in found if problem and _may_wait(settings, process, step)]


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


def _gates() -> Iterator[tuple[Process, Step]]:
    return (
        (process, step)
        for process in PROCESSES.values()
        for step in process.steps
        if step.by is Decider.PERSON or step.gate
    )


def _may_wait(settings: Settings, process: Process, step: Step) -> bool:
    """A process that takes several people by nature, where there is a list and it says nothing of that gate."""
    takes_several = (step.gate or PATIENCE).at_least > 1
    return takes_several and bool(settings.approvers) and not _is_in_file(settings, process, step)


def _is_in_file(settings: Settings, process: Process, step: Step) -> bool:
    return bool(settings.approvers and step.name in settings.approvers.gates.get(process.name, {}))


def _problem(settings: Settings, process: Process, step: Step) -> str | None:
    approvers, usual = settings.approvers, step.gate or PATIENCE
    policy = approvers.policy_for(process.name, step.name, usual) if approvers else usual
    problem = policy_problem(policy, usual, approvers, datetime.now(UTC))
    if problem is None:
        return None
    table = f"[gates.{process.name}.{step.name}]"
    if _is_in_file(settings, process, step):
        return f"SIGNOFF_APPROVERS names {settings.approvers_file}, where {table} {problem}"
    of_file = f" (SIGNOFF_APPROVERS: {settings.approvers_file}, where {table} may say otherwise)" if approvers else ""
    return f"the gate {step.name} of {process.name} {problem}{of_file}"
