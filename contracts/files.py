"""Files, from the folders that the settings name and from nowhere else."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.tools import ReadTool


def _printable(path: str) -> str:
    if not path.isprintable():
        raise ValueError("must be one line of printable characters")
    return path


FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_printable)]
"""Relative to one of the folders, or absolute and below one of them."""


class ReadFile(BaseModel):
    """Which file."""

    model_config = ConfigDict(frozen=True)

    path: FilePath


class FileText(BaseModel):
    """A text file, whole."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="where it was found, relative to its folder")
    text: str
    sha256: str = Field(description="of the file's bytes, in hexadecimal")


class FilesPort:
    """The way to files."""

    @activity.defn(name="files.read")
    async def read(self, request: ReadFile) -> FileText:
        """One text file (UTF-8). Raises NotFound, ToolFailed, ToolUnavailable."""
        raise NotImplementedError


READ_FILE = ReadTool(FilesPort.read, at_most=20)
