"""Diagnostics: looks at systems and disks that the settings name, and at nothing else. None of them changes anything.

What is down is a result like any other: `problem` says it in a few words.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.files import FilePath
from contracts.http import SystemName
from contracts.tools import ReadTool


class Target(BaseModel):
    """Which system: a table of the file that SIGNOFF_SYSTEMS names. An address cannot be said."""

    model_config = ConfigDict(frozen=True)

    system: SystemName


class DiskTarget(BaseModel):
    """A path below one of the folders of SIGNOFF_FILES."""

    model_config = ConfigDict(frozen=True)

    path: FilePath


class _Look(BaseModel):
    model_config = ConfigDict(frozen=True)

    system: str
    problem: str | None = Field(default=None, description="why there is no answer")
    took_ms: int


class DnsAnswer(_Look):
    """What a name resolves to."""

    host: str
    addresses: tuple[str, ...] = ()


class TcpAnswer(_Look):
    """Whether something takes connections there."""

    host: str
    port: int
    open: bool


class HttpAnswer(_Look):
    """How a web server answers at the system's base URL, without its token."""

    status: int | None = None


class TlsAnswer(_Look):
    """The certificate that a server shows."""

    host: str
    port: int
    subject: str | None = None
    issuer: str | None = None
    expires: datetime | None = None
    days_left: int | None = Field(default=None, description="below zero: expired so many days ago")
    trusted: bool | None = Field(default=None, description="whether a client of this machine would connect")


class DiskAnswer(BaseModel):
    """The disk under a path."""

    model_config = ConfigDict(frozen=True)

    path: str
    free_bytes: int
    total_bytes: int
    free_percent: float


class DiagnosePort:
    """Looks. Each raises ToolFailed for what the settings do not name; `disk` also NotFound and ToolUnavailable."""

    @activity.defn(name="diagnose.dns")
    async def dns(self, target: Target) -> DnsAnswer:
        """Resolve the system's name."""
        raise NotImplementedError

    @activity.defn(name="diagnose.tcp")
    async def tcp(self, target: Target) -> TcpAnswer:
        """Connect to the system's port, and hang up."""
        raise NotImplementedError

    @activity.defn(name="diagnose.http")
    async def http(self, target: Target) -> HttpAnswer:
        """Ask for the system's base URL: HEAD, or GET where that is not known."""
        raise NotImplementedError

    @activity.defn(name="diagnose.tls")
    async def tls(self, target: Target) -> TlsAnswer:
        """Look at the system's certificate."""
        raise NotImplementedError

    @activity.defn(name="diagnose.disk")
    async def disk(self, target: DiskTarget) -> DiskAnswer:
        """Look how much room there is."""
        raise NotImplementedError


DIAGNOSE_DNS = ReadTool(DiagnosePort.dns, at_most=5)
DIAGNOSE_TCP = ReadTool(DiagnosePort.tcp, at_most=5)
DIAGNOSE_HTTP = ReadTool(DiagnosePort.http, at_most=5)
DIAGNOSE_TLS = ReadTool(DiagnosePort.tls, at_most=5)
DIAGNOSE_DISK = ReadTool(DiagnosePort.disk, at_most=5)
