"""BestDraft decided by code, and decided by a model: what each costs, and what each does."""
