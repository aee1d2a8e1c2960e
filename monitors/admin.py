"""The admin: people and their groups, nothing of the mirror (it is a copy, and history is append-only)."""
