"""Batches: files of rows, and the runs that are made of them."""
