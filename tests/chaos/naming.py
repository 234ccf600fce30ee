"""Names of what goes between a worker and the server: the same in every run of the same story."""

import json
from typing import Any

from temporalio import activity


def activity_name(activity_id: str, activity_type: str) -> str:
    """`activity send-email`; by its type where nobody gave it an id."""
    return f"activity {activity_type if activity_id.isdigit() else activity_id}"


def here() -> str:
    """The activity that this code works for."""
    if not activity.in_activity():
        return "worker"
    info = activity.info()
    return activity_name(info.activity_id, info.activity_type)


class Names:
    """Knows commands by their numbers, so that what comes of them can be named."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str, int], str] = {}
        self._activations: dict[str, str | None] = {}
        self._tasks: dict[bytes, str] = {}

    def of_activation(self, activation: Any) -> str | None:
        """`workflow task (read-notes came)`; None where nothing but the cache or a query is concerned."""
        if activation.is_replaying:  # it has been a point before
            self._activations[activation.run_id] = None
            return None
        parts = [self._job(activation.run_id, job) for job in activation.jobs]
        told = " + ".join(part for part in parts if part)
        self._activations[activation.run_id] = name = f"workflow task ({told})" if told else None
        return name

    def of_decisions(self, completion: Any) -> str | None:
        """The activation that is completed. Its commands are remembered."""
        for command in completion.successful.commands:
            kind = command.WhichOneof("variant")
            if kind in ("schedule_activity", "schedule_local_activity"):
                scheduled = getattr(command, kind)
                self._commands["activity", completion.run_id, scheduled.seq] = activity_name(
                    scheduled.activity_id, scheduled.activity_type
                )
            elif kind == "start_timer":
                summary = command.user_metadata.summary.data
                name = str(json.loads(summary)) if summary else "timer"
                self._commands["timer", completion.run_id, command.start_timer.seq] = name
        return self._activations.get(completion.run_id)

    def of_task(self, task: Any) -> str | None:
        """`activity send-email`; None for a cancellation."""
        if not task.HasField("start"):
            return None
        self._tasks[task.task_token] = name = activity_name(task.start.activity_id, task.start.activity_type)
        return name

    def of_outcome(self, completion: Any) -> str | None:
        """The activity that is completed."""
        return self._tasks.get(completion.task_token)

    def _job(self, run: str, job: Any) -> str | None:
        kind = job.WhichOneof("variant")
        match kind:
            case "initialize_workflow":
                return "start"
            case "resolve_activity":
                return f"{self._commands.get(('activity', run, job.resolve_activity.seq), 'activity')} came"
            case "fire_timer":
                return f"{self._commands.get(('timer', run, job.fire_timer.seq), 'timer')}: it is time"
            case "signal_workflow":
                return f"signal {job.signal_workflow.signal_name}"
            case "do_update":
                return f"update {job.do_update.name}"
            case "cancel_workflow":
                return "cancellation"
            case _:
                return None
