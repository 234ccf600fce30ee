"""Long conversations, measured side by side with other ways to hold them: `python -m bench.conversation`."""
