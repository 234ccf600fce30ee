"""How a program ends."""

import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

import pytest
from temporalio.service import RPCError, RPCStatusCode

from runtime.client import NoServer
from runtime.settings import SettingsError
from starters import failures
from starters.ending import outcome
from starters.failures import Failure

SIGNOFF = (sys.executable, "-m", "starters")


def raiser(error: BaseException) -> Callable[[], NoReturn]:
    def command() -> NoReturn:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Failure(1, "refused"), 1, "refused"),
        (Failure(2, "two\nlines \x1b[31m"), 2, "two lines [31m"),
        (SettingsError("SIGNOFF_MODELS is wrong"), 2, "SIGNOFF_MODELS is wrong"),
        (NoServer("no Temporal server"), 3, "no Temporal server"),
        (RPCError("gone", RPCStatusCode.UNAVAILABLE, b""), 3, "the Temporal server does not answer (gone)"),
        (RPCError("odd", RPCStatusCode.INVALID_ARGUMENT, b""), 2, "the Temporal server refuses this: odd"),
        (RPCError("no", RPCStatusCode.PERMISSION_DENIED, b""), 1, "the Temporal server says: no"),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_an_exit_code(
    error: Exception, code: int, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_servers", [])
    assert outcome(raiser(error)) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"signoff: {line}")
    assert said.err.count("\n") == 1


def test_a_connection_that_is_lost_names_the_address_that_was_in_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_servers", [])
    failures.connected_to("127.0.0.1:1")
    assert outcome(raiser(RPCError("gone", RPCStatusCode.UNAVAILABLE, b""))) == 3
    said = capsys.readouterr().err
    assert "server at 127.0.0.1:1 does not answer (gone): see that it is running" in said


def test_ctrl_c_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(raiser(KeyboardInterrupt())) == 130
    assert capsys.readouterr() == ("", "")


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        outcome(raiser(ZeroDivisionError()))


def test_a_reader_that_has_gone_away_is_met_with_silence() -> None:
    program = subprocess.Popen((*SIGNOFF, "schema", "sales-follow-up"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    with program.stderr:
        assert program.stderr.read() == b""
    assert program.wait() == 141


@pytest.mark.parametrize(("redirect", "reason"), [("> /dev/full", "No space left on device"), (">&-", "it is closed")])
@pytest.mark.parametrize("command", ["schema sales-follow-up", "schema sales-follow-up --json"])
def test_an_output_that_cannot_be_written_is_one_line(command: str, redirect: str, reason: str) -> None:
    program = ["sh", "-c", f"exec {sys.executable} -m starters {command} {redirect}"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"signoff: stdout cannot be written to: {reason}\n")


def test_letters_that_the_terminal_cannot_show_do_not_end_the_command() -> None:
    program = (
        "import sys; sys.stdout.reconfigure(encoding='ascii'); from starters.ending import finish\n"
        "finish(lambda: print('Zo\\u00eb') or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Zo\\xeb\n", "")
