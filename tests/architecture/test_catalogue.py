"""Every port has an implementation that a worker runs; every workflow is one that the sandbox accepts."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import contracts
from contracts.catalogue import PROCESSES
from runtime.settings import load_settings
from workers.catalogue import WORKFLOWS, activities_by_queue


def name_of(method: object) -> str:
    """An activity's name on the wire."""
    return str(getattr(method, "__temporal_activity_definition").name)


def ports() -> dict[str, type]:
    """Every activity that `contracts/` declares, with its port."""
    modules = [
        importlib.import_module(module.name) for module in pkgutil.walk_packages(contracts.__path__, "contracts.")
    ]
    classes = {cls for module in modules for _, cls in inspect.getmembers(module, inspect.isclass)}
    found = [
        (name_of(method), cls)
        for cls in classes
        if cls.__name__.endswith("Port")
        for _, method in inspect.getmembers(cls, inspect.isfunction)
        if hasattr(method, "__temporal_activity_definition")
    ]
    return dict(found)


def test_every_port_is_implemented_and_registered(tmp_path: Path) -> None:
    queues = activities_by_queue(load_settings({"SIGNOFF_MODELS": "local"}, tmp_path))
    registered = {name_of(method): method for methods in queues.values() for method in methods}
    assert registered.keys() == ports().keys()
    for name, method in registered.items():
        # A registered base would answer every call with NotImplementedError.
        assert method.__qualname__.split(".")[0] != ports()[name].__name__, name


def test_every_process_is_a_workflow_and_every_workflow_a_process() -> None:
    names = {cls.__temporal_workflow_definition.name for cls in WORKFLOWS}  # type: ignore[attr-defined]
    assert names == {process.workflow_type for process in PROCESSES.values()}


def test_every_boundary_names_its_steps_once() -> None:
    for process in PROCESSES.values():
        steps = [step.name for step in process.steps]
        assert len(steps) == len(set(steps)), process.name
