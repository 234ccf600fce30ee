"""The command line's words."""

import importlib
import subprocess
import sys
from argparse import Namespace

import pytest

from starters.cli.parser import build_parser
from starters.cli.run import run
from starters.failures import BAD_INPUT, Failure

COMMANDS = {
    "demo": [],
    "up": [],
    "seed": [],
    "start": ["sales-follow-up", "--input", "{}"],
    "batch": ["sales-follow-up", "leads.csv"],
    "list": [],
    "show": ["run"],
    "watch": ["run"],
    "report": [],
    "approve": ["run"],
    "reject": ["run", "--reason", "no"],
    "answer": ["run", "--choice", "1"],
    "abstain": ["run"],
    "retract": ["run"],
    "stop": ["run", "--reason", "no"],
    "inbox": [],
    "standing": ["list"],
    "keys": ["new"],
    "audit": ["run"],
    "codec": [],
    "erase": ["--subject", "lead-007"],
    "doctor": [],
    "settings": [],
    "map": [],
    "new": ["refund-check"],
    "schema": ["sales-follow-up"],
}


def parse(*argv: str) -> Namespace:
    return build_parser().parse_args(argv)


def test_the_commands_are_these_and_no_others() -> None:
    with pytest.raises(Failure) as raised:
        parse("frob")
    listed = raised.value.line.partition("choose from ")[2].partition(")")[0]
    assert [name.strip(" '") for name in listed.split(",")] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_leads_to_a_function_and_takes_json(command: str) -> None:
    args = parse(command, *COMMANDS[command], "--json")
    module, _, name = args.handler.partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    assert args.json is True


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "COMMAND"),
        (("start", "sales-follow-up"), "--input"),
        (("start", "p", "--input", "{}", "--wait", "--follow"), "--follow"),
        (("start", "p", "--inp", "{}"), "--input"),
        (("reject", "run"), "--reason"),
        (("answer", "run"), "--text --choice"),
        (("answer", "run", "--text", "a", "--choice", "1"), "--choice"),
        (("show", ""), "ID: must not be empty"),
        (("approve", "run", "--digest", ""), "--digest: must not be empty"),
        (("reject", "run", "--reason", "no", "--gate", " "), "--gate: must not be empty"),
        (("stop", "run", "--reason", "no", "--by", ""), "--by: must not be empty"),
        (("start", "p", "--input", "{}", "--occasion", ""), "--occasion: must not be empty"),
        (("start", "p", "--input", "{}", "--id", ""), "--id: must not be empty"),
        (("start", "p", "--input", "{}", "--id", "a\nb"), "--id: must not hold control characters"),
        (("start", "p", "--input", "{}", "--id", "ü" * 501), "--id: must not be longer than 1,000 bytes"),
        (("list", "--limit", "0"), "1 or more"),
        (("list", "--limit", "many"), "many"),
        (("list", "--status", "asleep"), "asleep"),
        (("approve", "run", "--key", ""), "--key: must not be empty"),
        (("retract", "run", "--reason", "no"), "--reason"),
        (("keys",), "COMMAND"),
        (("keys", "old"), "old"),
        (("audit",), "ID"),
        (("audit", "run", "a", "b"), "b"),
        (("report", "--since", ""), "--since: must not be empty"),
        (("report", "--html", "file"), "--html"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(argv: tuple[str, ...], words: str) -> None:
    with pytest.raises(Failure) as raised:
        parse(*argv)
    assert raised.value.code == BAD_INPUT
    assert words in raised.value.line
    assert "--help`" in raised.value.line
    assert "\n" not in raised.value.line


@pytest.mark.parametrize(("argument", "words"), [("x\udcff", "not UTF-8"), ("a\0b", "NUL")])
def test_an_argument_that_is_no_text_is_refused_by_its_number(argument: str, words: str) -> None:
    with pytest.raises(Failure, match=f"argument 2 .*{words}") as raised:
        run(["show", argument])
    assert raised.value.code == BAD_INPUT


def test_help_loads_nothing_that_is_slow() -> None:
    program = (
        "import sys; from starters.cli.run import run\n"
        "try: run(['--help'])\n"
        "except SystemExit: print(sorted({'temporalio', 'pydantic', 'rich', 'asyncio'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: signoff")
    assert done.stdout.endswith("[]\n")
