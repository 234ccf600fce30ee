"""Reading the file that SIGNOFF_LIMITS names."""

import re
from collections.abc import Collection
from pathlib import Path

from pydantic import TypeAdapter

from runtime.limits import RunLimits
from runtime.toml_file import printable, read_toml

_LIMITS = TypeAdapter(RunLimits)
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SCRIPTED = "scripted"
_NAMELESS = ("local",)
"""Providers of one model, which has no name."""


def read_limits(path: Path, folder: Path, providers: Collection[str]) -> RunLimits:
    """The limits of a TOML file; `providers` are those that a route can name, `folder` is where scripts lie.

    Raises ValueError with the words that follow the setting's name: the file, the key, what to do.
    """
    limits = read_toml(path, _LIMITS)
    try:
        _check_names(limits, providers)
    except ValueError as problem:
        raise ValueError(f"names {path}, {printable(str(problem))}") from None
    prices = {_model(name, folder): price for name, price in limits.prices.items()}
    return limits.model_copy(update={"prices": prices})


def _check_names(limits: RunLimits, providers: Collection[str]) -> None:
    from contracts.catalogue import PROCESSES  # only who sets limits pays for the import

    for table, names in (("budget", limits.budget.processes), ("ceilings", limits.ceilings.processes)):
        for name in names:
            _check(name in PROCESSES, f"[{table}.processes.{name}]", "process", PROCESSES)
    for name in limits.ceilings.tenants:
        _check(bool(_TENANT.fullmatch(name)), f"[ceilings.tenants.{name}]", "name of a tenant")
    for name in limits.rates:
        _check(name in providers, f"rates.{name}", "provider", providers)
    for name in limits.prices:
        provider, _, model = name.partition(":")
        _check(provider in providers, f'[prices."{name}"]', "provider", providers)
        whole = name == provider or (model and model == model.strip() and provider not in _NAMELESS)
        _check(bool(whole), f'[prices."{name}"]', "model: write PROVIDER:MODEL, or PROVIDER for all of its models")


def _check(right: bool, key: str, kind: str, known: Collection[str] = ()) -> None:
    if not right:
        there_are = f"; there are {', '.join(known)}" if known else ""
        raise ValueError(f"where {key} names no {kind}{there_are}")


def _model(name: str, folder: Path) -> str:
    """As a route has it: a script by its absolute path."""
    provider, _, file = name.partition(":")
    return f"{provider}:{folder / file}" if provider == _SCRIPTED and file else name
