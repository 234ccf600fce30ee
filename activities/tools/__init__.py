"""One file per system that a process touches."""
