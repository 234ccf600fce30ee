"""What starts and steers runs: a script for each process and the command line."""
