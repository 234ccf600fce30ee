"""The report of a research, in Markdown: made by code from what holds, and from nothing else."""

from contracts.citations import Citation
from contracts.research import ResearchResult

BY_CODE = (
    "No model's answer could be used: these are sentences of documents that come near the question, as they stand."
)


def report_of(result: ResearchResult, *, by_code: bool) -> str:
    """The answer with numbered sources, what the documents do not say, and what was left out."""
    sources = tuple(dict.fromkeys(citation for one in result.statements for citation in one.citations))
    lines = [f"# {' '.join(result.question.split())}", ""]
    if by_code:
        lines += [BY_CODE, ""]
    for one in result.statements:
        marks = "".join(f"[{number}]" for number in dict.fromkeys(sources.index(c) + 1 for c in one.citations))
        lines.append(f"- {one.text} {marks}")
    lines += ["", "## Sources", ""]
    lines += [f"{number}. {_source(citation)}" for number, citation in enumerate(sources, 1)]
    if result.unanswered:
        lines += ["", "## Not in the documents", "", result.unanswered]
    if result.dropped or result.failed:
        lines += ["", "## Left out", ""]
        lines += [f"- “{one.text}”: {one.why}" for one in result.dropped]
        lines += [f"- {one}" for one in result.failed]
    return "\n".join(lines) + "\n"


def _source(citation: Citation) -> str:
    dated = f", {citation.dated}" if citation.dated else ""
    place = f"{citation.file}, characters {citation.start} to {citation.end}"
    return f"{citation.title}{dated} ({place}): “{' '.join(citation.quote.split())}”"
