"""`python -m tests.replay.record_compliance_report`: histories of ComplianceReport, as in tests/replay/record.py."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.compliance.sections import SectionKey
from tests.replay.record import JUNK, Stories, record, sends
from tests.support.compliance import INPUTS, PLAIN, QUIET, read_input, script
from tests.support.world import Handle, World

WRONG = {"paragraphs": ["20 transactions were checked in 8 checks, with 7 findings."]}
RIGHT = {"paragraphs": ["20 transactions were checked in 8 checks, with no findings."]}


async def two_sign(world: World, handle: Handle) -> None:
    """The preparer, who tries to sign twice, and then somebody else."""
    await world.gate(handle)
    for who in ("ann", "ann", "bob"):
        await handle.execute_update("decide", {"verdict": "approve", "by": who})


async def nobody_comes(world: World, handle: Handle) -> None:
    """One signs, and nobody else, for days."""
    await world.gate(handle)
    await handle.signal("approve", {"by": "ann"})
    await world.env.fast_forward(handle, timedelta(days=6))


def request(path: Path) -> dict[str, Any]:
    """What starts it."""
    return read_input(path) | {"occasion": "recorded", "by": "recorder"}


STORIES: Stories = {
    "published": (request(PLAIN), script(), two_sign),
    "written-anew": (
        request(QUIET),
        {f"draft-{key}": [WRONG, RIGHT] for key in SectionKey} | {"draft-data": [WRONG]},
        two_sign,
    ),
    "rejected": (
        request(INPUTS[5]),
        {"draft-summary": [JUNK]},
        sends("reject", {"by": "ann", "reason": "the names look wrong"}),
    ),
    "nobody-signs": (request(QUIET), {"draft-summary": [JUNK]}, nobody_comes),
}

if __name__ == "__main__":
    asyncio.run(record("compliance-report", "ComplianceReport", STORIES, {}))
