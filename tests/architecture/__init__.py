"""What holds of the code itself: layout, imports, lock, containers."""
