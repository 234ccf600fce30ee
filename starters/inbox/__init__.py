"""The inbox: everything that waits for a person, on a page where it can be decided."""
