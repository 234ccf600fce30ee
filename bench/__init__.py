"""Reproducible measurements of Signoff."""
