"""Proof bundles: a run's decisions, signatures and effects, from its history, to be checked without a server."""
