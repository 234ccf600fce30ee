"""Payloads that are kept outside Temporal's history: large ones, each once, under the hash of its content."""
