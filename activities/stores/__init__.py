"""One storage interface, with SQLite and PostgreSQL behind it."""
