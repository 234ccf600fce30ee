"""`signoff new`: the files of a new process, and its lines in the lists that name processes."""
