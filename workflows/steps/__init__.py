"""What a process awaits: a model, a tool, a person, a time."""
