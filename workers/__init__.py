"""Programs that run the work: the worker and the embedded stack."""
