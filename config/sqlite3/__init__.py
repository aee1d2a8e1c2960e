"""Django's SQLite with what the desk needs of it; the ENGINE of a sqlite: URL."""
