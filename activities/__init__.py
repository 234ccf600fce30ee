"""The doing half: every model SDK and every outside system, and nothing else."""
