"""What starts and steers runs: reading histories, checking input, and the command line."""
