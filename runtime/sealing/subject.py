"""Whom a run is about: its business key, which stands in the ids of runs and of effects."""

from contracts.catalogue import PROCESSES


def subject_of(name: str | None) -> str | None:
    """The subject of a workflow id or an effect's key; None where there is no run, or a run of none.

    `PROCESS/KEY/OCCASION` and what begins so is about KEY; an id that somebody chose names its own subject. A standing
    approval is about no one: it serves many runs.
    """
    if not name:
        return None
    kind, _, rest = name.partition("/")
    if kind == "standing":
        return None
    key, slash, _ = rest.partition("/")
    return key if kind in PROCESSES and key and slash else name
