"""Names of time zones. Looking one up reads files, so whoever may do that says how, when a value is checked."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationInfo

KNOWN_BY = "is_zone"
"""In the context of a validation: tells whether there is a zone of that name. Without it any name may be one."""


def _zone(name: str, info: ValidationInfo) -> str:
    is_zone = (info.context or {}).get(KNOWN_BY, lambda _: True)
    if not name.isprintable() or name.startswith(("/", ".")) or ".." in name or not is_zone(name):
        raise ValueError("must be a name of the IANA time zone database, such as Europe/Berlin")
    return name


Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_zone)]
"""IANA, such as Europe/Berlin."""
