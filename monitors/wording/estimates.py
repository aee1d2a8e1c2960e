"""Counts and estimates as people read them."""

_TENTH, _WHOLE = 0.1, 10


def estimated(count: float) -> str:
    """Whole, but for one so small that a tenth matters; one that is not nothing is never 0."""
    if 0 < count < _TENTH:
        return f"under {_TENTH}"
    return f"{count:,.0f}" if count == int(count) or count >= _WHOLE else f"{count:.1f}"
