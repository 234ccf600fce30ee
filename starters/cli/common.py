"""What commands share: the connection that their flags ask for, and values that their flags hold."""

from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from runtime.problems import problem_line
from runtime.settings import Settings, load_settings
from starters.failures import BAD_INPUT, Failure
from starters.session import Session, open_session

M = TypeVar("M", bound=BaseModel)


async def connected(args: Namespace, program: str = "cli") -> Session:
    """A session, as the flags and the settings say. Raises SettingsError, NoServer."""
    return await open_session(_flags(args), program)


def settings_of(args: Namespace) -> Settings:
    """The settings that such a session has, for what needs no server. Raises SettingsError."""
    return load_settings(_flags(args))


def _flags(args: Namespace) -> dict[str, str]:
    flags = {
        "TEMPORAL_ADDRESS": args.address,
        "TEMPORAL_NAMESPACE": args.namespace,
        "TEMPORAL_PROFILE": args.profile,
    }
    return {name: value for name, value in flags.items() if value is not None}


def checked(make: Callable[[], M]) -> M:
    """A message that `make` builds from flags. Raises Failure, which names the flag."""
    try:
        return make()
    except ValidationError as error:
        raise Failure(BAD_INPUT, f"--{problem_line(error)}") from None
