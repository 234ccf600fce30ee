"""Replies that end otherwise than they should, or that are not what was asked for."""

from collections.abc import Callable
from dataclasses import replace

from contracts.llm import Rung, Verdict
from tests.activities.llm.conftest import FITTING, SECRET
from tests.faults.fault import HALF, Fault, streamed
from tests.support.provider_server import Says, Sends, Turn
from tests.support.provider_wire import Called, Counts, Dialect

FITS = Verdict.FITS

ENDED = [
    Fault("a key that is echoed", (Says(f"{FITTING} {SECRET}", headers={"request-id": SECRET}),), Verdict.FITS),
    Fault("counts below zero", (Says(FITTING, tokens=(-5, -7)),), Verdict.FITS, counted=False),
    Fault("counts of nothing at all", (Says(FITTING, tokens=(0, 0)),), Verdict.FITS, counted=False),
    Fault("counts of a prompt and of no reply", (Says(FITTING, tokens=(11, 0)),), Verdict.FITS, counted=False),
    Fault("counts beyond reason", (Says(FITTING, tokens=(10**40, 10**4000)),), Verdict.FITS, counted=False),
    Fault("more cached than there was", (Says(FITTING, counts=Counts(11, 7, cached=50)),), Verdict.FITS, counted=False),
    Fault("a refusal", (Says("", "refusal", "I would rather not"),), Verdict.DECLINED, "I would rather not"),
    Fault("a content filter", (Says("", "refusal"),), Verdict.DECLINED, "declined"),
    Fault("the token limit in the middle of JSON", (Says(HALF, "length"),), Verdict.OUT_OF_ROOM, "token limit"),
    Fault("the token limit just after the JSON", (Says(FITTING, "length"),), Verdict.FITS),
    Fault("a reply that takes longer than any silence may", (Says(FITTING, gap_s=0.13),), Verdict.FITS),
    Fault("an end that nobody knows", (Says(FITTING, "pause_turn"),), Verdict.FITS),
    Fault("an end that nobody knows, and no word", (Says("", "pause_turn"),), Verdict.MISFIT, "empty"),
]


def _bytes(inserted: bytes) -> Callable[[Dialect], Turn]:
    """The fitting reply with these bytes in the middle of a quotation, whatever UTF-8 says to them."""

    def turn(dialect: Dialect) -> Sends:
        return Sends(streamed(dialect, FITTING.replace("aside", "\x1a")).replace(b"\\u001a", inserted))

    return turn


def _large(dialect: Dialect) -> Sends:
    """10 MB, in a thousand events."""
    events = streamed(dialect, "MARK").split(b"\n\n")
    parts = (event.replace(b"MARK", b"y" * 10_000) + b"\n\n" for event in events)
    return Sends(b"".join(part * (1000 if b"yyy" in part else 1) for part in parts))


def _junk(name: str, reply: str | Callable[[Dialect], Turn], gives: Verdict = Verdict.MISFIT, says: str = "") -> Fault:
    return Fault(name, (Says(reply) if isinstance(reply, str) else reply,), gives, says)


SIGNAL = '{"kind": "budget", "quote": "She has put aside 4,300 CHF."}'

JUNK = [
    _junk("an empty reply", "", says="empty"),
    _junk("blanks", " \n\t\n", says="empty"),
    _junk("prose around JSON", f"Here it is:\n{FITTING}\nI hope that it helps.", FITS),
    _junk("a code fence", f"```json\n{FITTING}\n```", FITS),
    _junk("prose alone", "She has some money put aside."),
    _junk("a trailing comma", FITTING.replace("]}", ",]}"), FITS),
    _junk("single quotes", FITTING.replace('"', "'"), FITS),
    _junk("NaN", FITTING.replace('"budget"', "NaN"), says="kind"),
    _junk("half a character", _bytes(b"as\xe2\x82"), says="broken character"),
    _junk("a byte that begins no character", _bytes(b"\xff\xfe"), says="broken character"),
    _junk("a wrong type", '{"signals": 5}', says="signals"),
    _junk("a list in place of an object", "[1, 2]"),
    _junk("a missing field", '{"signals": [{"kind": "budget"}]}', says="quote"),
    _junk("an extra field", FITTING.replace("]}", '], "mood": "good"}'), says="mood: there is no such field"),
    _junk("an extra field further in", FITTING.replace('"kind"', '"mood": 1, "kind"'), says="mood: there is no such"),
    _junk("a key twice", FITTING.replace('"kind"', '"kind": "need", "kind"'), says="kind stands twice"),
    _junk("a key twice, at the top", f'{{"signals": [], {FITTING[1:]}', says="signals stands twice"),
    _junk("the reply twice", f"{FITTING}\n{FITTING}", FITS),
    _junk("two replies that differ", f'{FITTING}\n{{"signals": []}}'),
    _junk("Infinity", FITTING.replace('"budget"', "-Infinity"), says="kind"),
    _junk("JSON in JSON", '"' + FITTING.replace('"', '\\"') + '"', FITS),
    _junk("a comment", FITTING.replace("]}", "] /* all of them */}"), FITS),
    _junk("a NUL", FITTING.replace("aside", "\x00"), says="does not stand in the notes"),
    _junk("no field at all", "{}", says="signals"),
    _junk("an enum out of range", FITTING.replace("budget", "weather"), says="kind"),
    _junk("words that are in no note", FITTING.replace("4,300", "9,000"), says="9,000 CHF"),
    _junk("more items than are allowed", f'{{"signals": [{", ".join([SIGNAL] * 5)}]}}', says="signals"),
    _junk("a number of 5,000 digits", '{"signals": ' + "9" * 5_000 + "}"),
    _junk("a reply nested 10,000 deep", '{"signals": ' + "[" * 10_000 + "]" * 10_000 + "}"),
    _junk("10 MB in one event", _bytes(b"y" * 10_000_000), says="far too long"),
    _junk("10 MB in many events", _large, says="far too long"),
]


def _called(name: str, *calls: Called, text: str = "", gives: Verdict = Verdict.MISFIT, says: str = "") -> Fault:
    turn = Says(text, "tool_calls" if calls else "stop", calls=calls)
    return Fault(name, (turn,), gives, says, rung=Rung.TOOL)


TOOL_CALLS = [
    _called("a call that fits", Called(FITTING), gives=FITS),
    _called("arguments that do not fit", Called('{"signals": 5}'), says="signals"),
    _called("arguments that are no JSON", Called("signals: none")),
    _called("no arguments", Called(""), says="empty"),
    _called("an unknown tool", Called(FITTING, name="send_email"), says="there is no tool 'send_email'"),
    _called("two calls with one id", Called(FITTING), Called(FITTING), says="two of them have one id"),
    _called("two calls", Called(FITTING, id="a"), Called(FITTING, id="b"), says="there are 2 calls"),
    _called("hundreds of calls", *(Called("{}", id=f"c{n}") for n in range(300)), says="there are 300 calls"),
    _called("calls without end", *(Called("{}", id=f"c{n}") for n in range(4_200)), says="far too long"),
    _called("no call", text="I would rather talk.", says="there is no call of the tool"),
    _called("the reply as text in place of a call", text=FITTING, gives=FITS),
]

UNSTREAMED = [
    *(
        replace(fault, name=f"{fault.name}, in one piece", turns=(replace(turn, whole=True),))
        for fault in (*ENDED, *JUNK, *TOOL_CALLS)
        for turn in fault.turns
        if isinstance(turn, Says) and not turn.gap_s and len(turn.calls) <= 300
    ),
    Fault("10 MB, in one piece", (Says("y" * 10_000_000, whole=True),), Verdict.MISFIT, "far too long"),
]
"""From a server that does not stream, though it was asked to."""
