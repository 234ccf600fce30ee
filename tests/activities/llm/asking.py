"""One call of a provider, in the form of each rung."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from activities.llm.forms import messages_for
from activities.providers.base import Call, Provider
from contracts.llm import Message, ModelRef, Rung
from tests.activities.llm.kinds import Plain
from tests.support.provider_server import ProviderServer, Says

CHAT = (
    Message(role="system", content="Be brief. Answer with JSON."),
    Message(role="user", content="An example"),
    Message(role="assistant", content="Its answer"),
    Message(role="user", content="Now this"),
)


def call_of(provider: str, rung: Rung, kind: type[BaseModel] = Plain, scratchpad: bool = False) -> Call:
    """One call, as the service makes it."""
    schema = kind.model_json_schema()
    chat = messages_for(rung, CHAT, schema, scratchpad)
    return Call(ModelRef(provider=provider, model="m"), chat, schema, 400, "step", rung=rung, scratchpad=scratchpad)


async def sent(
    providers: Mapping[str, Provider], server: ProviderServer, call: Call, turn: Says | None = None
) -> dict[str, Any]:
    """The request that a call becomes."""
    server.will(turn or Says("{}"))
    await providers[call.model.provider].complete(call)
    return server.requests[-1].body
