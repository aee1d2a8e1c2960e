"""What people type into a search box, made fit for a query."""

from monitors.limits import MAX_NAME


def search_text(typed: str) -> str:
    """Both databases compare with stored casefolded names; PostgreSQL knows no NUL."""
    return typed.replace("\x00", "").strip()[:MAX_NAME]
