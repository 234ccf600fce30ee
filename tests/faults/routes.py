"""The faults of a route, as data: what its first model does, and how the run gets its reply all the same."""

from dataclasses import dataclass

from tests.activities.llm.conftest import FITTING
from tests.faults.errors import LONG
from tests.faults.fault import HALF
from tests.support.provider_server import Break, Breaks, Fails, Says, Turn
from tests.support.provider_wire import Called

NATIVE, TOOL, SCHEMA, XML = "native", "tool-call", "schema-in-prompt", "xml"


@dataclass(frozen=True)
class RouteFault:
    """`asked`: the forms in which the first model is asked, in order. The second one answers at once."""

    name: str
    turns: tuple[Turn, ...]
    asked: tuple[str, ...]
    answers: str = "first"
    lost: int = 0
    """Calls that nobody knows the cost of."""
    counted: int = 0
    """Calls of the first model whose cost is known."""
    records: str = ""
    """In the run's history; `{key}` stands for the provider's own."""
    shows: tuple[str, ...] = ()
    """What stands in the last message of the first model's requests, one after the other."""
    declines: bool = False
    """Whether the first model's first answer is a refusal: then nothing of it is shown again, as malformed ones are."""
    room: tuple[int, ...] = ()
    """The tokens that the first model is given, where they matter."""

    def __str__(self) -> str:
        return self.name


SOON = {"retry-after-ms": "20"}
SAYS = Says(FITTING)
JUNK = Says("I would say that she is interested.")
AS_XML = Says(
    "<reply><signals><item><kind>budget</kind><quote>She has put aside 4,300 CHF.</quote></item></signals></reply>"
)
WRONG = Says(FITTING.replace("4,300", "9,000"))
NO = Says("", "refusal", "I would rather not")
FILTERED = Says("", "refusal")
FULL = Says(HALF, "length")
TWICE = Says(FITTING.replace('"kind"', '"kind": "need", "kind"'))
CALLS = Says("", "tool_calls", calls=(Called(FITTING),))


def _wrong_call(name: str, shows: str, *calls: Called) -> RouteFault:
    """The model sees why its call is refused, and answers."""
    turns = (JUNK, Says("", "tool_calls", calls=calls), SAYS)
    return RouteFault(name, turns, (NATIVE, TOOL, NATIVE), counted=3, shows=("", "", shows))


ROUTES = [
    # First, since it takes the longest.
    RouteFault("silence, each time", (Breaks(Break.SILENCE),), (NATIVE,) * 3, "second", lost=3, records="ReadTimeout"),
    RouteFault("a 429 and then an answer", (Fails(429, SOON), SAYS), (NATIVE, NATIVE), counted=1),
    RouteFault(
        "one error after the other, and then an answer",
        (*(Fails(status, SOON) for status in (500, 502, 503, 504, 529)), SAYS),
        (NATIVE,) * 6,
        counted=1,
    ),
    RouteFault("a limit that is never lifted", (Fails(429, SOON),), (NATIVE,) * 6, "second", records="(429)"),
    RouteFault("a provider that stays down", (Fails(503, SOON),), (NATIVE,) * 6, "second", records="(503)"),
    RouteFault("a request that is refused", (Fails(400),), (NATIVE,), "second", records="refused the request"),
    RouteFault(
        "a key that is refused", (Fails(401),), (NATIVE,), "second", records="{key} was refused by the provider (401)"
    ),
    RouteFault("a key that may not", (Fails(403),), (NATIVE,), "second", records="{key} may not use"),
    RouteFault("a model that nobody knows", (Fails(404),), (NATIVE,), "second", records="does not know"),
    RouteFault(
        "a window that is too small",
        (Fails(400, message=LONG),),
        (NATIVE,) * 3,
        "second",
        records="name a larger model",
    ),
    RouteFault("a refusal", (NO, CALLS), (NATIVE, TOOL), counted=2, records="I would rather not", declines=True),
    RouteFault("a content filter", (FILTERED, CALLS), (NATIVE, TOOL), counted=2, declines=True),
    RouteFault("a refusal in every form", (NO,), (NATIVE, TOOL), "second", counted=2, declines=True),
    RouteFault("too little room", (FULL, SAYS), (NATIVE, NATIVE), counted=2, room=(1000, 2000)),
    RouteFault(
        "never room enough",
        (FULL,),
        (NATIVE, NATIVE, TOOL, NATIVE, SCHEMA, XML),
        "second",
        counted=6,
        room=(1000, 2000, 2000),
    ),
    RouteFault(
        "junk on every rung",
        (JUNK,),
        (NATIVE, TOOL, NATIVE, SCHEMA, XML),
        "second",
        counted=5,
        shows=("", "not one JSON object", "no call of the tool"),
    ),
    RouteFault(
        "junk on every rung but the last",
        (JUNK, JUNK, JUNK, JUNK, AS_XML),
        (NATIVE, TOOL, NATIVE, SCHEMA, XML),
        counted=5,
    ),
    RouteFault("words that are wrong", (WRONG, SAYS), (NATIVE, NATIVE), counted=2, shows=("", "9,000 CHF")),
    RouteFault("words that stay wrong", (WRONG,), (NATIVE, NATIVE), "second", counted=2),
    RouteFault("an empty reply", (Says(""), CALLS), (NATIVE, TOOL), counted=2, shows=("", "the reply is empty")),
    RouteFault("a key twice", (TWICE, CALLS), (NATIVE, TOOL), counted=2, shows=("", "stands twice: say it once")),
    RouteFault("300 kB", (Says("y" * 300_000), CALLS), (NATIVE, TOOL), lost=1, counted=1, shows=("", "far too long")),
    _wrong_call("two calls with one id", "two of them have one id", Called(FITTING), Called(FITTING)),
    _wrong_call("an unknown tool", "there is no tool 'send_email'", Called(FITTING, "send_email")),
    _wrong_call("arguments that do not fit", "signals: Input should be", Called('{"signals": 5}')),
    _wrong_call("hundreds of calls", "there are 300 calls", *(Called("{}", id=f"c{n}") for n in range(300))),
    RouteFault("a reply that nobody has counted", (Says(FITTING, tokens=(0, 0)),), (NATIVE,), lost=1),
    RouteFault("a reply in one piece", (Says(FITTING, whole=True),), (NATIVE,), counted=1),
    RouteFault(
        "a stream that is cut",
        (Breaks(Break.END, HALF), SAYS),
        (NATIVE, NATIVE),
        lost=1,
        counted=1,
        records="broke off",
    ),
    RouteFault("a reset before the first byte", (Breaks(Break.RESET), SAYS), (NATIVE, NATIVE), lost=1, counted=1),
    RouteFault("a stall", (Breaks(Break.SILENCE, HALF), SAYS), (NATIVE, NATIVE), lost=1, counted=1),
    RouteFault("streams that are always cut", (Breaks(Break.ERROR, HALF),), (NATIVE,) * 3, "second", lost=3),
]
