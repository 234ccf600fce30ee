"""Recall at 5 and mean reciprocal rank over labelled queries, and the time of a query among many parts."""

import json
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from activities.retrieval.index import BOTH, Index, Part, Way
from activities.retrieval.words import telling_words
from activities.tools.library import CUT

LIBRARY = Path(__file__).resolve().parents[2] / "samples" / "library"
HERE = Path(__file__).parent
AT = 5
DEEP = 50
WAYS: dict[str, Sequence[Way]] = {"words": [Way.WORDS], "meaning": [Way.MEANING], "fused": BOTH}


@dataclass(frozen=True)
class Query:
    """A query, and the section of a document that answers it."""

    query: str
    file: str
    section: str

    def place(self, found: Sequence[Part]) -> int | None:
        """Where the answer stands among what was found, from 1."""
        for place, part in enumerate(found, 1):
            if part.path == self.file and part.heading.rpartition(" > ")[2] == self.section:
                return place
        return None

    @property
    def paraphrases(self) -> bool:
        """Whether it shares no telling word with its answer, also not in another form of it."""
        text = (LIBRARY / self.file).read_text(encoding="utf-8")
        answer = text.split(f"\n## {self.section}\n")[1].split("\n## ")[0]
        stems = {word[:5] for word in re.findall(r"\w+", f"{self.section} {answer}".lower())}
        return not {word.strip('"')[:5] for word in telling_words(self.query)} & stems


@dataclass(frozen=True)
class Scores:
    """Of one way, over some queries."""

    recall: float
    mrr: float


def labelled(name: str = "queries") -> list[Query]:
    """A labelled set: `queries`, which settings were chosen by, or `held-out`, which nothing was."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Query(**json.loads(line)) for line in lines]


def scores(index: Index, queries: Sequence[Query], ways: Sequence[Way]) -> Scores:
    """How well one way finds."""
    places = [query.place(index.search(query.query, DEEP, ways=ways)) for query in queries]
    found = [place for place in places if place]
    return Scores(
        recall=sum(place <= AT for place in found) / len(queries), mrr=sum(1 / place for place in found) / len(queries)
    )


def many(folder: Path, parts: int) -> int:
    """Documents of sections of the library, in ever new mixtures, until there are so many parts; how many documents."""
    sections = list(_sections())
    for number in range(parts // 6):
        chosen = [sections[(number * 37 + nth * 101) % len(sections)] for nth in range(6)]
        text = "\n\n".join(f"## {heading} {number}\n\n{body}" for heading, body in chosen)
        (folder / f"{number:05}.md").write_text(f"# Mixture {number}\n\n{text}\n", encoding="utf-8")
    return parts // 6


def _sections() -> Iterator[tuple[str, str]]:
    for file in sorted(LIBRARY.glob("*.md")):
        for section in file.read_text(encoding="utf-8").split("\n## ")[1:]:
            heading, _, body = section.partition("\n")
            yield heading, body.strip()[: CUT.longest - 100]


def milliseconds(index: Index, queries: Sequence[Query], rounds: int = 5) -> tuple[float, float, float]:
    """Median, 95th percentile and slowest time of a query, after one that warms up."""
    index.search("warm up", AT)
    took = []
    for query in [*queries] * rounds:
        begin = time.perf_counter()
        index.search(query.query, AT)
        took.append((time.perf_counter() - begin) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1], max(took)
