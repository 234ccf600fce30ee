"""Finding parts of documents: cut, indexed by words and by meaning, fused. See docs/retrieval.md."""
