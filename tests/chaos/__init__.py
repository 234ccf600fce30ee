"""Crashes, one at every point at which the world or the history changes: `make chaos`."""
