"""`signoff standing grant`: a grant that cannot be right, or could cover nothing, is refused before it is sent."""

from argparse import Namespace
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from contracts.durations import duration
from contracts.processes import Label, Process
from contracts.standing import LONGEST, Grant
from contracts.tools import Act, Consent, Effect, IrreversibleTool, tool_name
from runtime.problems import problem_line
from starters.cli.common import connected
from starters.cli.output import emit, minute, say
from starters.decisions import own_name
from starters.failures import BAD_INPUT, Failure
from starters.requests import find_process, read_object
from starters.standing import grant_standing
from starters.start import run_page

_HOW_LONG = "write 90m, 24h or 7d, or a date or time like 2026-12-01 or 2026-12-01T17:00Z"
_DOES = {Effect.READ: "reads", Effect.WRITE: "writes"}


async def grant(args: Namespace) -> int:
    """Approve in advance, or attach to what says the same."""
    now = datetime.now(UTC)
    process = find_process(args.process)
    tool = find_tool(process, args.tool)
    until, is_length = read_until(args.until, now)
    granted = build_grant(args, until)
    check_fields(granted, argument_of(tool))
    name = _name(args.name or f"{now:%Y-%m-%d}")
    session = await connected(args)
    # The same length of time, a moment later, is the same wish.
    found = await grant_standing(session.client, granted, name, frozenset({"until"} if is_length else ()))
    page = run_page(session.settings.ui_url, session.client.namespace, found.workflow_id, found.run_id)
    if args.json:
        emit(
            {
                "workflow_id": found.workflow_id,
                "run_id": found.run_id,
                "attached": found.attached,
                "until": found.grant.until.isoformat(),
                "ui": page,
            }
        )
        return 0
    verb = "was granted before:" if found.attached else "granted"
    say(f"{verb} {found.workflow_id}\n{granted.at_most} uses until {minute(found.grant.until)} UTC\n{page}")
    return 0


def find_tool(process: Process, name: str) -> IrreversibleTool[Any, Any]:
    """The tool of the process that may be approved in advance. Raises Failure."""
    tools = {tool_name(step.tool): step.tool for step in process.steps if step.tool}
    tool = tools.get(name)
    if tool is None:
        raise Failure(BAD_INPUT, f'{process.name} has no tool "{name}"; there are: {", ".join(tools)}')
    if not isinstance(tool, IrreversibleTool):
        raise Failure(BAD_INPUT, f"{name} only {_DOES[tool.effect]}: it needs no approval")
    if tool.consent is not Consent.STANDING:
        raise Failure(BAD_INPUT, f"{name} wants a person's approval each time: its policy takes none in advance")
    return tool


def argument_of(tool: IrreversibleTool[Any, Any]) -> type[BaseModel]:
    """The type of what is approved."""
    hints = [hint for name, hint in get_type_hints(tool.port).items() if name != "return"]
    act = next(hint for hint in hints if issubclass(hint, Act))
    argument: type[BaseModel] = act.model_fields["argument"].annotation
    return argument


def build_grant(args: Namespace, until: datetime) -> Grant:
    """The grant that the flags say. Raises Failure, which names the flag."""
    try:
        return Grant.model_validate(
            {
                "process": args.process,
                "tool": args.tool,
                "bounds": read_object(args.bounds, "--bounds"),
                "at_most": args.at_most,
                "until": until,
                "by": own_name() if args.by is None else args.by,
                "note": args.note,
            }
        )
    except ValidationError as error:
        raise Failure(BAD_INPUT, f"--{problem_line(error)}") from None


def check_fields(granted: Grant, argument: type[BaseModel]) -> None:
    """Raise Failure for a field that there is not, and for one that the bounds forget: such a grant covers nothing."""
    fields = [*argument.model_fields, *argument.model_computed_fields]
    named = {path.partition(".")[0] for path in granted.bounds}
    if foreign := sorted(named - set(fields)):
        there = f"its argument has {', '.join(fields)}"
        raise Failure(BAD_INPUT, f"--bounds: {granted.tool} has no {', '.join(foreign)}; {there}")
    if forgotten := [name for name in fields if name not in named]:
        how = 'bound each, or allow it with {"anything": true}'
        raise Failure(BAD_INPUT, f"--bounds says nothing about {', '.join(forgotten)}: {how}")


def read_until(text: str, now: datetime) -> tuple[datetime, bool]:
    """(the moment that `--until` means in UTC, whether a length of time was given). Raises Failure."""
    try:
        length = duration(text)
        is_length = isinstance(length, timedelta)
        found = now + length if is_length else datetime.fromisoformat(text.strip())
        until = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Failure(BAD_INPUT, f'--until: "{text}" is no time that can be taken: {_HOW_LONG}') from None
    if not timedelta(0) < until - now <= LONGEST:
        raise Failure(BAD_INPUT, f'--until: "{text}" must lie ahead, by at most {LONGEST.days} days')
    return until, is_length


def _name(text: str) -> str:
    try:
        name: str = TypeAdapter(Label).validate_python(text)
    except ValidationError as error:
        raise Failure(BAD_INPUT, f"--name: {problem_line(error).removeprefix('value: ')}") from None
    return name
