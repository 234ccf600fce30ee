"""What a run's calls have come to: in the next run of its chain they are answered from here, and not made again."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast, get_type_hints

from pydantic import JsonValue, TypeAdapter
from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    TimeoutError,
    TimeoutType,
)

from contracts.chain import Came, Failure
from contracts.errors import root_message

A = TypeVar("A")
R = TypeVar("R")
V = TypeVar("V")

IN_SECTION: ContextVar[bool] = ContextVar("IN_SECTION", default=False)
"""Set where a loop makes its calls."""

SEALED: ContextVar[bool] = ContextVar("SEALED", default=False)
"""Set in a branch that was called off before: it is told as far as it had come, and anything new cancels it."""


class Journal:
    """Every activity of a run goes through here; so the story can be told again up to where it stood."""

    def __init__(self, before: Mapping[str, tuple[Came, ...]] | None = None) -> None:
        """`before`: what the run before this one of the chain left."""
        self.telling_again = bool(before)
        """Until the first call that was not made before: what is decided meanwhile has been recorded."""
        self.in_flight = 0
        self.spoiled = False
        """Something else went on beside a loop that has forgotten its calls: what is left does not tell the story."""
        self._section: list[tuple[str, Came]] | None = None
        """What was called in the loop since its last checkpoint."""
        self._left = {key: deque(came) for key, came in (before or {}).items()}
        self._kept: defaultdict[str, list[Came]] = defaultdict(list)

    def start(
        self, port: Callable[[Any, A], Awaitable[R]], argument: A, *, activity_id: str, **options: Any
    ) -> workflow.ActivityHandle[R]:
        """As `workflow.start_activity_method`."""
        if came := self.take(activity_id):
            return cast("workflow.ActivityHandle[R]", asyncio.ensure_future(_told(came, _result_of(port))))
        call = workflow.start_activity_method(cast(Any, port), argument, activity_id=activity_id, **options)
        self._under_way(activity_id, port, call)
        return cast("workflow.ActivityHandle[R]", call)

    async def local(
        self, port: Callable[[Any, A], Awaitable[R]], argument: A, *, activity_id: str | None = None, **options: Any
    ) -> R:
        """As `workflow.execute_local_activity_method`."""
        key = activity_id or port.__qualname__
        if came := self.take(key):
            return await _told(came, _result_of(port))
        call = workflow.start_local_activity_method(cast(Any, port), argument, activity_id=activity_id, **options)
        self._under_way(key, port, call)
        try:
            return cast(R, await call)
        except ApplicationError as error:
            # The SDK gives a local activity's error bare; here it comes as those of the others do.
            raise _activity_error() from error

    async def child(self, run: Callable[[Any, A], Awaitable[R]], argument: A, *, id: str, **options: Any) -> R:
        """As `workflow.execute_child_workflow`; a child that came to its end is not started again."""
        key = f"child {id}"
        if came := self.take(key):
            return await _told(came, _result_of(run))
        child = asyncio.ensure_future(workflow.execute_child_workflow(cast(Any, run), argument, id=id, **options))
        self._under_way(key, run, child)
        return cast(R, await child)

    def once(self, key: str, make: Callable[[], V]) -> V:
        """What chance or the clock made of it: in the next run of the chain it is what it was. Plain JSON."""
        if came := self.take(key):
            return cast(V, came.value)
        self.keep(key, Came(value=cast(JsonValue, value := make())))
        return value

    def knows(self, key: str) -> bool:
        """Whether it came to its end before, and has not been told again."""
        return bool(self._left.get(key))

    def take(self, key: str) -> Came | None:
        """What came of it before; None, and from now on the story is new, where it was not made before."""
        if not (left := self._left.get(key)):
            self.live()
            return None
        self.keep(key, came := left.popleft())
        return came

    def live(self) -> None:
        """What comes now is new."""
        if SEALED.get():
            raise asyncio.CancelledError
        self.telling_again = False

    def keep(self, key: str, came: Came) -> None:
        """Something has come to its end."""
        self._kept[key].append(came)
        if self._section is not None:
            if IN_SECTION.get():
                self._section.append((key, came))
            else:
                self.spoiled = True

    @contextmanager
    def section(self, key: str) -> Iterator[Came | None]:
        """Around a loop whose calls are forgotten at each checkpoint; what its last one left, in a chain's next run."""
        before = self.take(key)
        if self._section is not None:
            self.spoiled = True
        self._section = []
        IN_SECTION.set(True)
        try:
            yield before
        finally:
            IN_SECTION.set(False)
            self._section = None

    def checkpoint(self, key: str, came: Came) -> None:
        """The loop goes on from here: all that it has called is in `came`."""
        if self.spoiled or self._section is None:
            return
        for name, one in self._section:
            self._kept[name] = [other for other in self._kept[name] if other is not one]
            if not self._kept[name]:
                del self._kept[name]
        self._section.clear()
        self._kept[key] = [came]

    def so_far(self) -> dict[str, tuple[Came, ...]]:
        """For the next run of the chain."""
        return {key: tuple(came) for key, came in self._kept.items()}

    def _under_way(self, key: str, port: Any, call: Any) -> None:
        self.in_flight += 1

        def over(_: Any) -> None:
            self.in_flight -= 1
            self.keep(key, _outcome(call, _result_of(port)))

        call.add_done_callback(over)


def _result_of(port: Any) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(port)["return"])


def _outcome(call: "asyncio.Future[Any]", result: TypeAdapter[Any]) -> Came:
    if call.cancelled():
        return Came(failure=Failure(message="cancelled", cancelled=True))
    if (error := call.exception()) is None:
        return Came(value=result.dump_python(call.result(), mode="json"))
    cause = error.cause if isinstance(error, ActivityError | ChildWorkflowError) else error
    return Came(
        failure=Failure(
            message=root_message(error),
            type=cause.type if isinstance(cause, ApplicationError) else None,
            details=tuple(cause.details) if isinstance(cause, ApplicationError) else (),
            timeout=int(cause.type) if isinstance(cause, TimeoutError) and cause.type is not None else None,
            cancelled=isinstance(cause, CancelledError | asyncio.CancelledError),
        )
    )


async def _told(came: Came, result: TypeAdapter[R]) -> R:
    if came.failure is None:
        return result.validate_python(came.value)
    raise _activity_error() from _cause(came.failure)


def _activity_error() -> ActivityError:
    return ActivityError(
        "Activity task failed",
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type="",
        activity_id="",
        retry_state=None,
    )


def _cause(failure: Failure) -> BaseException:
    if failure.cancelled:
        return CancelledError(failure.message)
    if failure.timeout is not None:
        return TimeoutError(failure.message, type=TimeoutType(failure.timeout), last_heartbeat_details=[])
    return ApplicationError(failure.message, *failure.details, type=failure.type)
