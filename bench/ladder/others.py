"""Other ways on the same cases and prompts: a grammar and nothing else; Instructor, in an environment of its own."""

import asyncio
import os
import subprocess
import sys
import time
import venv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI
from pydantic import ValidationError

from bench.ladder.cases import Case
from bench.ladder.instructor_peer import Done, Job
from bench.ladder.record import Result, is_right

ROOT = Path(__file__).parents[2]

GRAMMAR = "the grammar alone"
INSTRUCTOR = "Instructor"

PINS = ("instructor==1.17.0", "openai==3.3.0", "pydantic==2.14.3", "temporalio==1.35.0", "email-validator")
"""Instructor pins older versions than this repository; the rest is what the contracts import."""

OPTIONS: dict[str, Any] = {"repeat_penalty": 1.05}
"""As Signoff asks the local model."""


async def asked_with_grammar(case: Case, first: Result, url: str) -> Result:
    """The ladder's first prompt, once, with llama.cpp's grammar made of the contract's own schema."""
    began = time.perf_counter()
    schema = {"name": "reply", "schema": case.blank.contract.value.model_json_schema()}
    messages: Any = [one.model_dump() for one in first.prompt]
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=3, timeout=300) as client:
        reply = await client.chat.completions.create(
            model="local",
            messages=messages,
            max_tokens=first.max_tokens,
            temperature=0,
            extra_body=OPTIONS | {"response_format": {"type": "json_schema", "json_schema": schema}},
        )
    value = _plainly_read(case, reply.choices[0].message.content or "")
    return Result(
        part=GRAMMAR,
        contract=case.contract,
        case=case.key,
        value=value,
        right=is_right(case, value),
        calls=1,
        tokens=reply.usage.completion_tokens if reply.usage else 0,
        seconds=time.perf_counter() - began,
    )


def _plainly_read(case: Case, reply: str) -> Any:
    """The whole reply is the JSON, and the contract's check passes; else None."""
    contract = case.blank.contract
    try:
        found = contract.value.model_validate_json(reply)
    except ValidationError:
        return None
    return None if contract.check(found, case.blank.facts) else found.model_dump(mode="json")


def environment(folder: Path) -> Path:
    """Instructor's Python; made when it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run((python, "-m", "pip", "install", "-qq", *PINS), check=True)
    return python


async def asked_by_instructor(
    cases: Sequence[tuple[Case, Result]], python: Path, url: str, at_once: int
) -> AsyncIterator[Result]:
    """Each case, with the ladder's result for its prompt, in the order in which they get done."""
    by_key = {case.key: case for case, _ in cases}
    process = await asyncio.create_subprocess_exec(
        python,
        *("-m", "bench.ladder.instructor_peer", str(at_once)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        limit=2**24,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("".join(_job(case, first, url).model_dump_json() + "\n" for case, first in cases).encode())
    process.stdin.close()
    async for line in process.stdout:
        done = Done.model_validate_json(line)
        yield _result(by_key[done.key], done)
    if await process.wait():
        sys.exit(f"Instructor's program ended with exit code {process.returncode}")


def _job(case: Case, first: Result, url: str) -> Job:
    return Job(
        key=case.key,
        url=url,
        contract=case.blank.contract.name,
        facts=case.blank.facts.model_dump(mode="json"),
        messages=[one.model_dump() for one in first.prompt],
        max_tokens=first.max_tokens,
        options=OPTIONS,
    )


def _result(case: Case, done: Done) -> Result:
    return Result(
        part=INSTRUCTOR,
        contract=case.contract,
        case=case.key,
        value=done.value,
        right=is_right(case, done.value),
        calls=done.calls,
        tokens=done.tokens,
        seconds=done.seconds,
    )
