"""`python -m tests.workflows.standing_worker ADDRESS QUEUE FOLDER [--dies]`: the counter's worker, to be killed.

With --dies it kills itself when a standing approval has been used, and before it can say so.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from contracts.standing import AskedInAdvance, InAdvance
from contracts.tools import Act, Receipt
from runtime.codec import data_converter
from tests.workflows.standing_counter import Clumsy, Counter, Till
from tests.workflows.standing_workflows import Refund


class Dying(Clumsy):
    """Is killed in the middle."""

    @activity.defn(name="standing.use")
    async def use(self, asked: AskedInAdvance) -> InAdvance:
        """Never answers."""
        await super().use(asked)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Written(Till):
    """A till whose payments outlive its process."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = folder / "paid"

    @activity.defn(name="test.refund")
    async def refund(self, act: Act[Refund]) -> Receipt[Refund]:
        """One line for each."""
        receipt = await super().refund(act)
        with self._file.open("a") as file:
            file.write(f"{act.key}\n")
        return receipt


async def work(address: str, queue: str, folder: Path, dies: bool) -> None:
    """Until it is killed."""
    client = await Client.connect(address, data_converter=data_converter())
    env = WorkflowEnvironment.from_client(client)
    counter = Counter(env, queue, Written(folder), Dying() if dies else Clumsy())
    await counter.worker(folder).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3]), "--dies" in sys.argv))
