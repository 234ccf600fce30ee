"""Where the standing approvals cannot be asked, nothing is approved, and trying again may help."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities import standing
from activities.standing import StandingActivities
from contracts.errors import ToolUnavailable
from contracts.standing import AskedInAdvance

ASKED = AskedInAdvance(process="p", tool="t", key="k", digest="d", argument={}, gate="g")


class Lister:
    """A client that only lists."""

    def __init__(self, status: RPCStatusCode | None) -> None:
        self._status = status

    async def list_workflows(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        """It fails, or never answers."""
        if self._status:
            raise RPCError("secret words", self._status, b"")
        await asyncio.Event().wait()
        yield None


@pytest.mark.parametrize("status", [RPCStatusCode.UNAVAILABLE, RPCStatusCode.INVALID_ARGUMENT, None])
async def test_a_server_that_does_not_answer_is_a_tool_that_is_unavailable(
    status: RPCStatusCode | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "PATIENCE_S", 0.01)
    here = ActivityEnvironment(client=cast(Client, Lister(status)))
    with pytest.raises(ToolUnavailable) as raised:
        await here.run(StandingActivities().use, ASKED)
    assert "standing approvals" in raised.value.message
    assert "secret" not in raised.value.message
