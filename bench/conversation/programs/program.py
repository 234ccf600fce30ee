"""What a system's program offers, and how most do it."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from temporalio.client import Client, Plugin
from temporalio.worker import Replayer, Worker


def model_queue(queue: str) -> str:
    """Where the model's calls go, so that a process of their own can take them."""
    return f"{queue}-model"


CALLS_AT_ONCE = 2500
"""The SDK's default is 100."""


class Program(Protocol):
    """One system under test."""

    async def connect(self, address: str) -> Client:
        """A client such as its worker has."""
        ...

    def workers(self, client: Client, part: str, at_end: AsyncExitStack) -> list[Worker]:
        """Of `work` (workflows and tools), `model` (the model's calls), or `all`."""
        ...

    def replayer(self, client: Client) -> Replayer:
        """With all workflows, in the sandbox that its workers use."""
        ...


@dataclass(frozen=True)
class Plain:
    """A system whose worker is the SDK's, as it comes, perhaps with a plugin."""

    queue: str
    workflows: Sequence[type]
    tools: Sequence[Callable[..., Any]]
    models: Sequence[Callable[..., Any]] = ()
    plugins: Callable[[], Sequence[Any]] = field(default=list)

    async def connect(self, address: str) -> Client:
        """Plugins come with the client."""
        plugins: Sequence[Plugin] = self.plugins()
        return await Client.connect(address, plugins=plugins)

    def workers(self, client: Client, part: str, at_end: AsyncExitStack) -> list[Worker]:
        """With the SDK's own defaults, but with room for many calls of the model."""
        workers = []
        if part in ("all", "work"):
            workers.append(Worker(client, task_queue=self.queue, workflows=self.workflows, activities=self.tools))
        if part in ("all", "model"):
            queue = model_queue(self.queue)
            workers.append(
                Worker(client, task_queue=queue, activities=self.models, max_concurrent_activities=CALLS_AT_ONCE)
            )
        return workers

    def replayer(self, client: Client) -> Replayer:
        """The SDK's."""
        return Replayer(workflows=self.workflows, plugins=self.plugins())
