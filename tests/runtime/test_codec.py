"""An input that cannot be right ends its run at once, and says which field it was."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowFailureError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.errors import BadInput
from runtime.codec import SignoffPayloadConverter
from tests.runtime.input_workflow import Greet, GreetRequest

QUEUE = f"codec-{uuid.uuid4()}"


def payload(data: str, encoding: str = "json/plain") -> Payload:
    return Payload(metadata={"encoding": encoding.encode()}, data=data.encode())


@pytest.fixture(scope="module")
async def worker(env: WorkflowEnvironment) -> AsyncIterator[Worker]:
    async with Worker(env.client, task_queue=QUEUE, workflows=[Greet]) as running:
        yield running


async def greet(env: WorkflowEnvironment, given: Payload) -> object:
    async with asyncio.timeout(30):  # a run that is wedged would never end
        return await env.client.execute_workflow("Greet", RawValue(given), id=f"greet-{uuid.uuid4()}", task_queue=QUEUE)


async def test_plain_json_starts_a_run(env: WorkflowEnvironment, worker: Worker) -> None:
    assert await greet(env, payload('{"name": "Ann", "times": 2}')) == "hello Ann hello Ann"


@pytest.mark.parametrize(
    ("data", "encoding", "says"),
    [
        ('{"name": 7}', "json/plain", "name: Input should be a valid string"),
        ('{"name": "Ann", "tmies": 2}', "json/plain", "tmies: Extra inputs are not permitted"),
        ("{}", "json/plain", "name: Field required"),
        ('"Ann"', "json/plain", "value: Input should be an object"),
        ('{"name": ', "json/plain", "Invalid JSON"),
        ("", "binary/null", "must be a JSON object"),
        ("x", "binary/plain", "must be a JSON object"),
        ("x", "binary/unheard-of", "Unknown payload encoding"),
    ],
)
async def test_a_wrong_input_fails_the_run_instead_of_wedging_it(
    env: WorkflowEnvironment, worker: Worker, data: str, encoding: str, says: str
) -> None:
    with pytest.raises(WorkflowFailureError) as failed:
        await greet(env, payload(data, encoding))

    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "BadInput"
    assert cause.non_retryable
    assert says in cause.message
    assert "\n" not in cause.message


def test_other_types_are_read_as_pydantic_reads_them() -> None:
    converter = SignoffPayloadConverter()

    assert converter.from_payloads([payload("[1]")], [list[int]]) == [[1]]
    with pytest.raises(ValueError, match="valid integer"):
        converter.from_payloads([payload('["x"]')], [list[int]])


def test_many_problems_make_one_short_line() -> None:
    keys = ", ".join(f'"k{n}\\n": 1' for n in range(50))

    with pytest.raises(BadInput) as refused:
        SignoffPayloadConverter().from_payloads([payload("{" + keys + "}")], [GreetRequest])

    assert "and 48 more" in refused.value.message
    assert refused.value.message.isprintable()
