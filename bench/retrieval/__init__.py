"""How well retrieval finds, by words, by meaning, and fused; and how long it takes among 10,000 parts."""
