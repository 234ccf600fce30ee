"""A workflow with a process's input, for the codec's tests. In a file of its own: the sandbox imports it anew."""

from temporalio import workflow

from contracts.processes import ProcessInput


class GreetRequest(ProcessInput):
    """Whom to greet, how often."""

    name: str
    times: int = 1


@workflow.defn(name="Greet")
class Greet:
    """Says hello."""

    @workflow.run
    async def run(self, request: GreetRequest) -> str:
        """The greeting, after a moment: a run of more than one workflow task can be replayed."""
        await workflow.sleep(0.001)
        return " ".join([f"hello {request.name}"] * request.times)
