"""`signoff inbox`: how it starts, what it prints, how it ends, and why it does not start."""

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from starters.cli.run import run
from starters.failures import BAD_INPUT, Failure
from tests.support.server import address, free_port
from tests.workers.processes import refusal, running, until

INBOX = ("-P", "-m", "starters", "inbox")
NOBODY = {"TEMPORAL_ADDRESS": "127.0.0.1:1"}


def at(env: WorkflowEnvironment) -> dict[str, str]:
    """Settings that lead to the tests' server."""
    return {"TEMPORAL_ADDRESS": address(env)}


def told(process: subprocess.Popen[str]) -> dict[str, str]:
    """The one JSON object that it prints."""
    assert process.stdout
    found: dict[str, str] = json.loads(process.stdout.readline())
    return found


@pytest.fixture
def hang_ups_are_heard() -> Iterator[None]:
    """Also where the tests run under `nohup`, which every child inherits."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_ups_are_heard")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_where_it_is_lets_somebody_in_and_ends_when_it_is_told_to(
    env: WorkflowEnvironment, tmp_path: Path, number: signal.Signals
) -> None:
    with running(*INBOX, "--port", "0", "--by", "ann", "--json", folder=tmp_path, **at(env)) as process:
        said = told(process)
        assert said["by"] == "ann"
        assert said["link"].startswith(f"{said['url']}/login/")
        with urllib.request.urlopen(said["link"], timeout=60) as page:
            assert "Sign in as <bdi>ann</bdi>" in page.read().decode()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
    assert not list((tmp_path / ".signoff" / "inbox").glob("*.runs"))


def test_people_read_an_address_and_a_link(env: WorkflowEnvironment, tmp_path: Path) -> None:
    with running(*INBOX, "--port", "0", "--by", "ann", folder=tmp_path, **at(env)) as process:
        until(lambda: list((tmp_path / ".signoff" / "inbox").glob("links/*")), "it runs")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert err == ""
    first, whom, link, last = out.splitlines()
    assert (first.endswith(" (this machine only)"), whom, last) == (
        True,
        "Sign in as ann, once, within 15 minutes:",
        "Ctrl-C ends it",
    )
    assert "/login/" in link


def test_a_running_inbox_gets_further_links(env: WorkflowEnvironment, tmp_path: Path) -> None:
    assert refusal(*INBOX, "link", folder=tmp_path) == (
        1,
        f"signoff: no inbox runs in {tmp_path}: start one with `signoff inbox`\n",
    )
    with running(*INBOX, "--port", "0", "--by", "ann", "--json", folder=tmp_path, **at(env)) as process:
        url = told(process)["url"]
        with running(*INBOX, "link", "--by", "bob", "--json", folder=tmp_path) as asking:
            out, _ = asking.communicate(timeout=60)
        link = json.loads(out)["link"]
        assert (asking.returncode, link.startswith(f"{url}/login/")) == (0, True)
        with urllib.request.urlopen(link, timeout=60) as page:
            assert "Sign in as <bdi>bob</bdi>" in page.read().decode()


def test_as_a_part_of_the_stack_it_writes_no_link_into_its_log(env: WorkflowEnvironment, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    port = str(free_port())
    with running(*INBOX, "--port", port, "--ready-file", str(ready), folder=tmp_path, **at(env)) as process:
        until(ready.exists, "it is ready")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (out, err) == (f"Inbox  http://127.0.0.1:{port} (this machine only)\n", "")


def test_a_taken_port_is_named(env: WorkflowEnvironment, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refusal(*INBOX, "--port", str(port), folder=tmp_path, **at(env))
    assert (code, said.count("\n")) == (2, 1)
    assert f"port {port} on 127.0.0.1" in said


def test_without_a_server_it_does_not_start(tmp_path: Path) -> None:
    code, said = refusal(*INBOX, folder=tmp_path, **NOBODY)
    assert (code, said.startswith("signoff: no Temporal server at 127.0.0.1:1")) == (3, True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com"])
def test_it_is_not_opened_to_others_unless_somebody_says_who_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failure, match="set SIGNOFF_INBOX_AUTH") as raised:
        run(["inbox", "--host", host])
    assert raised.value.code == BAD_INPUT


def test_behind_a_proxy_it_prints_no_link(env: WorkflowEnvironment, tmp_path: Path) -> None:
    settings = at(env) | {"SIGNOFF_INBOX_AUTH": "header:X-User@10.0.0.5"}
    with running(*INBOX, "--host", "0.0.0.0", "--port", "0", "--json", folder=tmp_path, **settings) as process:
        assert told(process)["link"] is None
        code, said = refusal(*INBOX, "link", folder=tmp_path, **settings)
        assert (code, "SIGNOFF_INBOX_AUTH is set" in said) == (2, True)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--by", "mallory"), "--by mallory: mallory is not among the approvers"),
        (("--by", "a\tb"), "a name has 1 to 200 printable characters"),
        (("--by", ""), "must not be empty"),
        (("--port", "70000"), "must be 0 (any) to 65535"),
        (("--port", "x"), "--port"),
        (("--host", "no such host"), "SIGNOFF_INBOX_AUTH"),
        (("links",), "choose from"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], words: str
) -> None:
    (tmp_path / "approvers.toml").write_text("[approvers.ann]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGNOFF_APPROVERS", "approvers.toml")
    with pytest.raises(Failure) as raised:
        run(["inbox", *flags])
    assert (raised.value.code, words in raised.value.line) == (BAD_INPUT, True)


def test_a_state_folder_that_cannot_be_written_is_named(env: WorkflowEnvironment, tmp_path: Path) -> None:
    (tmp_path / ".signoff").mkdir()
    (tmp_path / ".signoff" / "inbox").write_text("a file")
    code, said = refusal(*INBOX, "--port", "0", folder=tmp_path, **at(env))
    assert (code, said.count("\n")) == (1, 1)
    assert "cannot be written" in said
