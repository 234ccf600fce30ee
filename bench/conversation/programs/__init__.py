"""A program for each system under test: its worker and its replayer. It runs in the system's own environment."""
