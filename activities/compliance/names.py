"""When two spellings are one name: capitals, accents, legal forms, punctuation and the order of words say nothing."""

import re
from functools import lru_cache

from contracts.prose.text import fold

_FORMS = """
ab ag aps as bv co corp corporation gmbh inc incorporated kft kg kk limited llc llp ltd nv ohg oy oyj pjsc plc pte pty
sa sarl sas sl spa sro srl ug
"""
_LEGAL_FORMS = frozenset(_FORMS.split())


@lru_cache(maxsize=100_000)
def same_name(name: str) -> str:
    """What is left of a name: equal for `Ali HASSAN, Ltd.` and `hassan ali`. Letters of other scripts stay apart."""
    words = re.findall(r"\w+", fold(name.replace(".", "")).text.casefold())
    return " ".join(sorted(word for word in words if word not in _LEGAL_FORMS) or sorted(words))
