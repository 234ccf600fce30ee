"""Shapes that processes are made of, over the same steps. docs/patterns.md says when to use which."""
