"""Other systems, over HTTP with JSON. Who they are is in the settings; a request only names one."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from temporalio import activity

from contracts.tools import Act, ReadTool, Receipt, WriteTool


def _plain_path(path: str) -> str:
    if not path.isprintable() or any(c in path for c in "\\?#%"):
        raise ValueError("must be a path in plain letters: no query, nothing percent-encoded")
    if any(part in ("", ".", "..") for part in path.removeprefix("/").removesuffix("/").split("/")) and path != "/":
        raise ValueError("must not hold '//', '.' or '..'")
    return path


SystemName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
"""A table of the file that SIGNOFF_SYSTEMS names."""

UrlPath = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_plain_path)]
"""Below the system's base URL, as people read it; it is encoded on its way."""


class HttpGet(BaseModel):
    """What to read."""

    model_config = ConfigDict(frozen=True)

    system: SystemName
    path: UrlPath
    query: dict[str, str] = Field(default_factory=dict)


class HttpPost(BaseModel):
    """What to ask for."""

    model_config = ConfigDict(frozen=True)

    system: SystemName
    path: UrlPath
    body: JsonValue


class HttpReply(BaseModel):
    """What a system answered."""

    model_config = ConfigDict(frozen=True)

    status: int | None = Field(description="None where a person, not the system, said that it happened")
    body: JsonValue = None
    left_out: str | None = Field(default=None, description="why the body of a yes is not here")


class HttpPort:
    """The door to other systems."""

    @activity.defn(name="http.get")
    async def get(self, request: HttpGet) -> HttpReply:
        """Read something. Raises NotFound, ToolFailed, ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="http.post")
    async def post(self, act: Act[HttpPost]) -> Receipt[HttpReply]:
        """Ask for something, once, under an Idempotency-Key that is made from the act's key.

        Raises OutcomeUnknown, ToolFailed (refused: nothing was done), ToolUnavailable.
        """
        raise NotImplementedError


HTTP_GET = ReadTool(HttpPort.get, at_most=20)
HTTP_POST = WriteTool(HttpPort.post, at_most=5)
