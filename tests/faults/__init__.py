"""Every fault of a model provider has one right outcome."""
