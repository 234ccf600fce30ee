"""Instructor on the same cases; a program for an environment of its own, where its pins hold.

Reads jobs as JSON lines on stdin (`Job`), writes one line for each on stdout (`Done`). Its re-ask sees the contract's
check too: that stands in the model's validators.
"""

import asyncio
import importlib
import sys
import time
from typing import Any

from openai import AsyncOpenAI
from pydantic import BaseModel, JsonValue, create_model, model_validator

from bench.ladder.contracts import OWN
from contracts.outputs import OutputContract
from contracts.sales_follow_up import BUYER_SIGNALS, EMAIL_DRAFT

ALL: tuple[OutputContract[Any, Any], ...] = (*OWN, BUYER_SIGNALS, EMAIL_DRAFT)
RETRIES = 1
"""Re-asks after the first call; as many as the ladder has where the form fits."""


class Job(BaseModel):
    """One case."""

    key: str
    url: str
    contract: str
    facts: JsonValue
    messages: list[dict[str, str]]
    max_tokens: int
    options: dict[str, JsonValue]


class Done(BaseModel):
    """What came of it: the value where it fits, else why not."""

    key: str
    value: JsonValue = None
    problem: str = ""
    calls: int
    tokens: int
    """Of the output, all calls together."""
    seconds: float


def checked(contract: OutputContract[Any, Any], facts: BaseModel) -> type[BaseModel]:
    """The contract's type, whose validation runs the contract's check as well."""

    def check(value: Any) -> Any:
        if problems := contract.check(value, facts):
            raise ValueError("; ".join(problems))
        return value

    validators: Any = {"check": model_validator(mode="after")(check)}
    kind = contract.value
    return create_model(kind.__name__, __base__=kind, __doc__=kind.__doc__, __validators__=validators)


async def ask(job: Job) -> Done:
    """Once, with its re-asks."""
    instructor: Any = importlib.import_module("instructor")  # not in this repository's environment
    contract = next(one for one in ALL if one.name == job.contract)
    raw = AsyncOpenAI(base_url=job.url, api_key="none", timeout=300, max_retries=0)
    client = instructor.from_openai(raw, mode=instructor.Mode.JSON_SCHEMA)
    seen: list[int] = []
    client.on("completion:response", lambda reply: seen.append(reply.usage.completion_tokens))
    value, problem, began = None, "", time.perf_counter()
    try:
        found = await client.chat.completions.create(
            model="local",
            messages=job.messages,
            response_model=checked(contract, contract.facts.model_validate(job.facts)),
            max_retries=RETRIES,
            max_tokens=job.max_tokens,
            temperature=0,
            extra_body=job.options,
        )
        value = found.model_dump(mode="json")
    except Exception as error:  # whatever ends its attempts is its result
        problem = f"{type(error).__name__}: {error}"[:500]
    await raw.close()
    seconds = time.perf_counter() - began
    return Done(key=job.key, value=value, problem=problem, calls=len(seen), tokens=sum(seen), seconds=seconds)


async def main() -> None:
    """Several at once."""
    jobs = [Job.model_validate_json(line) for line in sys.stdin]
    places = asyncio.Semaphore(int(sys.argv[1]))

    async def one(job: Job) -> None:
        async with places:
            print((await ask(job)).model_dump_json(), flush=True)

    await asyncio.gather(*(one(job) for job in jobs))


if __name__ == "__main__":
    asyncio.run(main())
