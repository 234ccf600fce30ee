"""The benches, as far as they can be wrong."""
