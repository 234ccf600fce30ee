"""The deciding half: deterministic processes, without clock, chance or I/O of their own."""
