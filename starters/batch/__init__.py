"""Many runs from one file: a row is a run."""
