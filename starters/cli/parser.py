"""Every command and flag. Imports nothing but argparse, so that `signoff --help` answers at once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from starters.cli.batch_parser import batch_command
from starters.cli.privacy_parser import privacy_commands
from starters.cli.proof_parser import proof_commands, signing_flags
from starters.cli.standing_parser import standing_commands
from starters.failures import BAD_INPUT, Failure

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["Parser"]

OWN_NAME = "your user name unless given"
LONGEST_ID = 1_000
"""Bytes of a workflow id; the server's limit."""


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line."""

    def error(self, message: str) -> NoReturn:
        """Raise Failure."""
        raise Failure(BAD_INPUT, f"{message}; see `{self.prog} --help`")


def build_parser() -> Parser:
    """The parser; each command's `handler` is the dotted name of a function that takes the parsed arguments."""
    parser = Parser(
        prog="signoff",
        allow_abbrev=False,
        description="Durable LLM workflows on Temporal: code decides the path, models fill in the steps, "
        "people sign off what cannot be undone.",
        epilog="Exit codes: 0 done; 1 refused, failed, or no worker answered; 2 bad usage or input; 3 no Temporal "
        "server.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _stack_commands(commands)
    _start_command(commands)
    batch_command(commands, _command, _given, _count)
    _reading_commands(commands)
    _deciding_commands(commands)
    _inbox_command(commands)
    standing_commands(commands, _command, _given)
    proof_commands(commands, _command, _given)
    privacy_commands(commands, _command, _given, _port)
    _setup_commands(commands)
    return parser


def _command(commands: Commands, name: str, handler: str, text: str, *, server: bool = True) -> Parser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
    command.set_defaults(handler=f"starters.cli.{handler}")
    command.add_argument("--json", action="store_true", help="print JSON")
    if server:
        where = command.add_argument_group("where the Temporal server is (else: as the settings say)")
        where.add_argument("--address", metavar="HOST:PORT", help="TEMPORAL_ADDRESS")
        where.add_argument("--namespace", help="TEMPORAL_NAMESPACE")
        where.add_argument("--profile", help="TEMPORAL_PROFILE")
    return command


def _stack_commands(commands: Commands) -> None:
    demo = _command(commands, "demo", "demo:demo", "take one follow-up from notes to a sent mail, here", server=False)
    demo.add_argument("--yes", action="store_true", help="approve without asking")
    _command(commands, "up", "stack:up", "run the embedded stack here until Ctrl-C", server=False)
    _command(commands, "seed", "stack:seed", "load the samples into the database", server=False)


def _start_command(commands: Commands) -> None:
    start = _command(commands, "start", "starting:start", "start a process, or attach to the run that does it")
    start.add_argument("process", metavar="PROCESS", help="its name, as `signoff map` lists it")
    start.add_argument("--input", required=True, metavar="JSON|@FILE|-", help="the input; - reads stdin")
    start.add_argument("--id", type=_workflow_id, help="workflow id; PROCESS/KEY/OCCASION unless given")
    start.add_argument("--by", type=_given, metavar="WHO", help="the requester")
    start.add_argument("--tenant", type=_given, help="on whose account it runs")
    start.add_argument(
        "--occasion", type=_given, help="tells one run for the same key from the next; today's date unless given"
    )
    start.add_argument(
        "--budget",
        metavar="JSON|@FILE",
        help='what this run may spend, like {"usd": 0.5, "working_time": "2m"}; else as its process\'s limits say',
    )
    start.add_argument(
        "--plan", metavar="JSON|@FILE", help="a plan to carry out in place of a model's, where it takes one"
    )
    how = start.add_mutually_exclusive_group()
    how.add_argument("--wait", action="store_true", help="wait for the result; a run that was stopped ended well, too")
    how.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")


def _reading_commands(commands: Commands) -> None:
    runs = _command(commands, "list", "listing:list_runs", "list runs")
    runs.add_argument("--waiting", action="store_true", help="only what waits for a person, oldest first")
    runs.add_argument("--process", metavar="PROCESS", help="only runs of this process")
    status = ("running", "completed", "stopped", "failed", "cancelled", "terminated", "timed_out")
    runs.add_argument("--status", choices=status, metavar="STATUS", help=", ".join(status))
    runs.add_argument("--limit", type=_count, default=100, metavar="N", help="at most so many (100)")
    show = _command(commands, "show", "showing:show", "show what was decided, by whom, on what, at what cost")
    show.add_argument("id", type=_given, metavar="ID")
    show.add_argument("--full", action="store_true", help="with inputs, prompts and replies")
    watch = _command(commands, "watch", "watching:watch", "tell what happens in a run, live, or afterwards")
    watch.add_argument("id", type=_given, metavar="ID")
    report = _command(commands, "report", "reporting:report", "count what models yielded and how processes did")
    report.add_argument("--process", metavar="PROCESS", help="only runs of this process")
    since = "of runs begun since then: 90s, 10m, 24h, 7d (the default), or an ISO date (UTC)"
    report.add_argument("--since", type=_given, default="7d", metavar="TIME", help=since)
    report.epilog = (
        "A run succeeded when it came to its own end, also where people said no or let a gate expire; one that was "
        "stopped, by a limit or by hand, or that failed, did not. Reliability: the share that succeeded, times the "
        "share of those within the cost target, times the share of those within the working-time target. "
        "docs/report.md says how each figure is counted."
    )


def _deciding_commands(commands: Commands) -> None:
    approve = _decision(commands, "approve", "approve what an open gate shows", digest=True)
    approve.add_argument("--note", metavar="TEXT", help="goes into the record")
    approve.add_argument("--edit", metavar="JSON|@FILE", help='fields to change first, like {"subject": "…"}')
    reject = _decision(commands, "reject", "say no at an open gate", digest=True)
    reject.add_argument("--reason", required=True, metavar="TEXT", help="goes into the record")
    answer = _decision(commands, "answer", "answer an open gate's question", digest=False)
    what = answer.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", help="in words")
    what.add_argument("--choice", metavar="N", help="one of its choices: its text, or its number from 1")
    abstain = _decision(commands, "abstain", "leave an open gate to the others", digest=True)
    abstain.add_argument("--note", metavar="TEXT", help="goes into the record")
    retract = _decision(commands, "retract", "take your approval back, while its gate is open", digest=True)
    retract.add_argument("--note", metavar="TEXT", help="goes into the record")
    stop = _command(commands, "stop", "stopping:stop", "end a run cleanly, with a partial result")
    stop.add_argument("id", type=_given, metavar="ID", nargs="?")
    stop.add_argument("--all", action="store_true", help="every open run of a process")
    stop.add_argument("--process", metavar="PROCESS", help="with --all: of which process")
    stop.add_argument("--reason", required=True, metavar="TEXT", help="goes into the record")
    stop.add_argument("--by", type=_given, metavar="WHO", help=OWN_NAME)


def _decision(commands: Commands, verdict: str, text: str, *, digest: bool) -> Parser:
    command = _command(commands, verdict, f"deciding:{verdict}", text)
    command.add_argument("id", type=_given, metavar="ID")
    command.add_argument("--gate", type=_given, help="which gate; needed when several are open")
    if digest:
        command.add_argument("--digest", type=_given, help="what you saw; the gate's present digest unless given")
    command.add_argument("--by", type=_given, metavar="WHO", help=OWN_NAME)
    signing_flags(command, _given)
    return command


def _inbox_command(commands: Commands) -> None:
    inbox = _command(commands, "inbox", "inboxing:inbox", "serve the page where people decide; `inbox link`: a way in")
    inbox.add_argument("link", nargs="?", choices=("link",), help="print a link that signs somebody in, once")
    inbox.add_argument("--by", type=_given, metavar="WHO", help=f"whom the link signs in; {OWN_NAME}")
    inbox.add_argument("--port", type=_port, metavar="N", help="8235, or the next free tenth above, unless given")
    inbox.add_argument("--host", type=_given, default="127.0.0.1", metavar="H", help="this machine only (127.0.0.1)")
    inbox.add_argument("--ready-file", type=_given, help=argparse.SUPPRESS)


def _setup_commands(commands: Commands) -> None:
    _command(commands, "doctor", "doctor:doctor", "say what is wrong with the set-up, and what to do")
    _command(commands, "settings", "describing:settings", "list every setting: value, source, meaning", server=False)
    boundary = _command(commands, "map", "describing:boundary", "say who decides which step", server=False)
    boundary.add_argument("process", metavar="PROCESS", nargs="?")
    boundary.add_argument("--mermaid", action="store_true", help="as a Mermaid flow chart")
    new = _command(commands, "new", "new:new", "write the files of a new process, which runs as it is", server=False)
    new.add_argument("process", metavar="PROCESS", help="its name: small letters and hyphens, like refund-check")
    schema = _command(commands, "schema", "describing:schema", "print JSON Schema of input and result", server=False)
    schema.add_argument("process", metavar="PROCESS")


def _given(text: str) -> str:
    # A script's empty variable must not pass for "not given": what is signed off would be something else.
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _workflow_id(text: str) -> str:
    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in _given(text)):
        raise argparse.ArgumentTypeError("must not hold control characters")
    if len(text.encode()) > LONGEST_ID:
        raise argparse.ArgumentTypeError(f"must not be longer than {LONGEST_ID:,} bytes")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 65536:
        raise argparse.ArgumentTypeError("must be 0 (any) to 65535")
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return count
