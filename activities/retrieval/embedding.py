"""What a text means, as a vector: a small static model that ships in its wheel. Loaded when it is first needed.

Nothing is downloaded. It knows English; in other languages it is of little use, and words have to do the work.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

MODEL = "wordllama/l2_supercat/256"
"""Part of an index's version: vectors of another model do not compare with these."""

DIMENSIONS = 256
_LOADING = threading.Lock()


def embed(texts: Sequence[str]) -> Vectors:
    """A row of length one for each text; all zeros for a text that says nothing."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    with _LOADING:
        model = _model()
    # Half of a surrogate pair is no text to the tokenizer.
    sound = [text.encode("utf-8", "replace").decode() for text in texts]
    rows: Vectors = np.nan_to_num(model.embed(sound))
    return unit(rows)


def unit(rows: Vectors) -> Vectors:
    """The same directions, of length one; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


@lru_cache(maxsize=1)
def _model() -> Any:
    # It takes 0.3 s and 40 MB, which a worker that searches nothing is spared.
    from wordllama import WordLlama  # type: ignore[import-untyped]

    spec = find_spec("wordllama")
    assert spec
    assert spec.origin
    home = Path(spec.origin).parent
    return WordLlama.load(config="l2_supercat", dim=DIMENSIONS, cache_dir=home, disable_download=True)
