"""Commentary on stdout: lines, JSON lines, and at a terminal a spinner for what goes on now."""

from types import TracebackType

from rich.status import Status
from rich.text import Text

from starters.cli.output import clean_line, console, emit
from starters.commentary import Line, Tone

_STYLES = {Tone.PLAIN: "", Tone.NOW: "dim", Tone.PERSON: "bold cyan", Tone.GOOD: "bold green", Tone.BAD: "bold red"}


class Teller:
    """Tells lines. A context: the spinner hides the cursor, and gives it back at the end."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._spinner: Status | None = None

    def __enter__(self) -> "Teller":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.pause()

    def tell(self, line: Line) -> None:
        """One line."""
        if self._as_json:
            facts = {"at": line.at.isoformat(), "step": line.step, "text": line.text}
            emit({**facts, **line.facts})
        elif line.tone is Tone.NOW and console().is_terminal:
            self.now(line.text)
        else:
            self.pause()
            time = Text(f"{line.at:%m-%d %H:%M:%S}Z  ", style="dim")
            console().print(time + Text(clean_line(line.text), style=_STYLES[line.tone]), soft_wrap=True)

    def now(self, text: str) -> None:
        """What goes on now: a spinner, nothing where there is no terminal."""
        shown = Text(clean_line(text), style="dim")
        if self._spinner:
            self._spinner.update(shown)
        elif console().is_terminal and not self._as_json:
            self._spinner = console().status(shown)
            self._spinner.start()

    def pause(self) -> None:
        """Take the spinner away, as before a question."""
        if self._spinner:
            self._spinner.stop()
            self._spinner = None
