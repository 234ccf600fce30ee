"""What holds of the tools, on real servers."""
