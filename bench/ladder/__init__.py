"""The repair ladder, measured: `python -m bench.ladder`."""
