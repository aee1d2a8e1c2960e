"""Names as somebody pasted them: one a line, commas and semicolons too."""

import re

_SEPARATORS = re.compile(r"[,;\t]")


def split(text: str) -> list[tuple[int, str]]:
    """Each name with the number of its line, from 1; empty ones are nothing."""
    return [
        (number, name)
        for number, line in enumerate(text.splitlines(), 1)
        for piece in _SEPARATORS.split(line)
        if (name := piece.strip().strip("\ufeff"))
    ]
