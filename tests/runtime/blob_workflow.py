"""A workflow that moves large values every way there is. In a file of its own: the sandbox imports it anew."""

from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

QUERIED = 100_000
_LIMIT = timedelta(seconds=60)
_TRIES = RetryPolicy(initial_interval=timedelta(milliseconds=50), backoff_coefficient=1, maximum_attempts=100)


@activity.defn(name="blobs.give")
async def give(size: int) -> str:
    """So many characters."""
    return "x" * size


@activity.defn(name="blobs.take")
async def take(text: str) -> int:
    """How many there are."""
    return len(text)


@workflow.defn(name="Mover")
class Mover:
    """Moves one value of a size, and says how long it was when it arrived."""

    def __init__(self) -> None:
        self._heard: Any = None
        self._went_on = False

    @workflow.run
    async def run(self, way: str, size: int, carried: str = "") -> Any:
        """`way` is one of those below."""
        match way:
            case "result":
                given = await workflow.execute_activity(give, size, start_to_close_timeout=_LIMIT, retry_policy=_TRIES)
                return len(given)
            case "input":
                return await workflow.execute_activity(
                    take, "y" * size, start_to_close_timeout=_LIMIT, retry_policy=_TRIES
                )
            case "local":
                return len(await workflow.execute_local_activity(give, size, start_to_close_timeout=_LIMIT))
            case "return":
                return "z" * size
            case "child":
                # Its input is as large as its result.
                name = f"{workflow.info().workflow_id}-child"
                carried = await workflow.execute_child_workflow("Mover", args=["return", size, "c" * size], id=name)
                return len(carried)
            case "memo":
                workflow.upsert_memo({"large": "m" * size})
                return len(workflow.memo_value("large", type_hint=str))
            case "goes-on":
                if not carried:
                    workflow.continue_as_new(args=[way, size, "c" * size])
                return len(carried)
            case _:
                given = await workflow.execute_activity(give, size, start_to_close_timeout=_LIMIT, retry_policy=_TRIES)
                await workflow.wait_condition(lambda: self._heard is not None)
                return [self._heard, len(given)]

    @workflow.signal
    def tell(self, payload: Any = None) -> None:
        """Hears anything."""
        self._heard = "nothing" if payload is None else len(payload)

    @workflow.update
    async def ask(self, payload: str) -> str:
        """Says it back."""
        return payload

    @workflow.query
    def state(self) -> str:
        """Much."""
        return "q" * QUERIED
