"""What commands share: the connection that their flags ask for, and values that their flags hold."""

from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from runtime.problems import problem_line
from starters.failures import BAD_INPUT, Failure
from starters.session import Session, open_session

M = TypeVar("M", bound=BaseModel)


async def connected(args: Namespace, program: str = "cli") -> Session:
    """A session, as the flags and the settings say. Raises SettingsError, NoServer."""
    flags = {
        "TEMPORAL_ADDRESS": args.address,
        "TEMPORAL_NAMESPACE": args.namespace,
        "TEMPORAL_PROFILE": args.profile,
    }
    return await open_session({name: value for name, value in flags.items() if value is not None}, program)


def checked(make: Callable[[], M]) -> M:
    """A message that `make` builds from flags. Raises Failure, which names the flag."""
    try:
        return make()
    except ValidationError as error:
        raise Failure(BAD_INPUT, f"--{problem_line(error)}") from None
