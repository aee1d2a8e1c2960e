"""What people type into a search box, made fit for a query."""


def needle(typed: str) -> str:
    """Both databases compare with stored casefolded names; PostgreSQL knows no NUL."""
    return typed.replace("\x00", "").strip()[:255]
