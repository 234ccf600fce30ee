"""A stack with keys, as people run it: nothing of a lead is in the server's own file, and erasing takes one command."""

from pathlib import Path

from tests.e2e.conftest import Shell, stack_in
from tests.support.sealed import key

WORD = b"quincevex"
RUN = "sales-follow-up/lead-007/e2e"


def holding(folder: Path) -> list[str]:
    """Files of the state that hold the word, but for the mails and the database of the CRM."""
    files = [path for path in (folder / ".signoff").rglob("*") if path.is_file() and "mail" not in path.parts]
    return [path.name for path in files if not path.name.startswith("signoff.db") and WORD in path.read_bytes()]


def test_a_stack_with_keys_keeps_nothing_in_the_clear_and_erases(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SIGNOFF_PAYLOAD_KEYS={key('main')}\n")
    shell = Shell(tmp_path)
    with stack_in(tmp_path):
        started = shell.signoff("start", "sales-follow-up", "--input", '{"lead_id": "lead-007"}', "--occasion", "e2e")
        assert started.code == 0, started.err
        assert shell.waiting(RUN)["gate"] == "review-email"
        assert shell.signoff("erase", "--subject", "lead-007", "--yes").error.startswith(
            f"signoff: {RUN} is still open"
        )
        note = WORD.decode()
        assert shell.signoff("reject", RUN, "--by", "ann", "--reason", note).code == 0
        assert note in shell.signoff("show", RUN, "--full").out
        assert holding(tmp_path) == []
        assert (tmp_path / ".signoff" / "temporal.db").stat().st_size > 100_000
        erased = shell.signoff("erase", "--subject", "lead-007", "--by", "dana", "--yes", "--json")
        assert erased.code == 0, erased.err
        assert erased.json["runs"] == [RUN]
        told = shell.signoff("show", RUN, "--full").out
        assert note not in told
        assert "(erased)" in told
        assert "ann" in told
