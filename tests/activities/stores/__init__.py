"""What holds of the stores, on SQLite and PostgreSQL."""
