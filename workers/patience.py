"""How long a workflow task may compute before the SDK takes it for a deadlock."""

from temporalio.worker import Worker

PATIENCE_S = 9
"""The server takes a task back after 10 s."""


def with_patience(worker: Worker) -> Worker:
    """Let tasks compute for longer than the SDK's 2 s.

    All messages that came while no worker was there arrive in one task. 10,000 of them, as many as the server takes
    into a run, are 3 to 4 s of work here; cut off, the task would be tried and cut off for ever. The SDK has no setting
    for it. Raises AttributeError where it keeps the time elsewhere.
    """
    if workflows := worker._workflow_worker:
        assert workflows._deadlock_timeout_seconds is not None
        workflows._deadlock_timeout_seconds = PATIENCE_S
    return worker
