"""`signoff settings`, `map` and `schema`: what needs no server."""

import json
import sys
from argparse import Namespace

from contracts.catalogue import PROCESSES
from contracts.processes import Decider, Process, Step
from contracts.tools import IrreversibleTool
from runtime.described import describe_settings
from runtime.settings import load_settings
from starters.cli.output import clean_line, console, emit, say, table
from starters.failures import BAD_INPUT, Failure
from starters.requests import find_process

_SHAPES = {
    Decider.CODE: ("[", "]"),
    Decider.MODEL_FILLS: ("([", "])"),
    Decider.MODEL_ROUTES: ("{{", "}}"),
    Decider.PERSON: ("[/", "/]"),
}
"""Brackets of a Mermaid node: a box for code, round for a model, slanted for a person."""

MOST_ROLES = 5
"""Model-driven roles of one process. With more of them nobody can say which one led a run astray."""


def settings(args: Namespace) -> int:
    """Every setting, with secrets masked."""
    lines = describe_settings(load_settings())
    if args.json:
        emit({"settings": [line._asdict() for line in lines]})
        return 0
    rows = table("setting", "value", "from", "meaning")
    for line in lines:
        rows.add_row(line.name, clean_line(line.value) if line.value else "-", line.source, line.meaning)
    console().print(rows)
    return 0


def boundary(args: Namespace) -> int:
    """Who decides which step, and how many of them a model does (`Process.roles`)."""
    if args.json and args.mermaid:
        raise Failure(BAD_INPUT, "map prints either --json or --mermaid")
    processes = list(PROCESSES.values()) if args.process is None else [find_process(args.process)]
    if args.json:
        emit({"processes": [_as_json(process) for process in processes]})
    for process in processes if not args.json else ():
        print(mermaid(process)) if args.mermaid else _print(process)
    return 0


def schema(args: Namespace) -> int:
    """JSON Schema of a process's input and result."""
    process = find_process(args.process)
    both = {
        "process": process.name,
        "input": process.input.model_json_schema(),
        "result": process.result.model_json_schema(mode="serialization"),
    }
    if args.json:
        emit(both)
    else:
        print(json.dumps(both, indent=2))
    return 0


def mermaid(process: Process) -> str:
    """The boundary as a Mermaid flow chart."""
    lines = [f"%% {process.name}: {process.does}", "flowchart TD"]
    for number, step in enumerate(process.steps):
        opening, closing = _SHAPES[step.by]
        danger = f", {step.effect}" if step.effect else ""
        text = f"{step.name} ({step.by}{danger})<br/>{step.does}".replace('"', "#quot;")
        lines.append(f'    s{number}{opening}"{text}"{closing}')
    lines += [f"    s{number} --> s{number + 1}" for number in range(len(process.steps) - 1)]
    return "\n".join(lines)


def _as_json(process: Process) -> dict[str, object]:
    steps = [
        {"step": step.name, "by": step.by, "does": step.does, "effect": step.effect, **_policy(step)}
        for step in process.steps
    ]
    return {
        "process": process.name,
        "workflow_type": process.workflow_type,
        "does": process.does,
        "roles": len(process.roles),
        "warning": _warning(process),
        "steps": steps,
    }


def _print(process: Process) -> None:
    say(f"{process.name}: {process.does}\n")
    rows = table("step", "decided by", "effect", "at most", "consent", "what it does")
    for step in process.steps:
        policy = (str(word) if word is not None else "" for word in (step.effect, *_policy(step).values()))
        rows.add_row(step.name, step.by, *policy, step.does)
    console().print(rows)
    say(f"\nmodel-driven roles: {len(process.roles)}\n")
    if warning := _warning(process):
        print(f"signoff: {warning}", file=sys.stderr, flush=True)


def _warning(process: Process) -> str | None:
    if len(process.roles) <= MOST_ROLES:
        return None
    names = ", ".join(step.name for step in process.roles)
    return (
        f"{process.name} has {len(process.roles)} model-driven roles ({names}), and more than {MOST_ROLES} are hard to "
        "answer for: write as code what has a rule, or make it several processes (docs/choose.md)"
    )


def _policy(step: Step) -> dict[str, object]:
    """How often a run may use the step's tool, and whose consent an irreversible use takes."""
    consent = step.tool.consent if isinstance(step.tool, IrreversibleTool) else None
    return {"at_most": step.tool.at_most if step.tool else None, "consent": consent}
