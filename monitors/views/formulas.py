"""Text of a cell that could become a formula."""

import re

# What a formula begins with; East Asian spreadsheets accept the wide forms too. Blanks and characters that nobody sees
# may stand before it, and where a semicolon or a tab separates cells it may stand behind one, quoted or not.
_UNSEEN = (
    r" \x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_FORMULA = re.compile(
    rf"^(?=[\t\r\n]|[{_UNSEEN}]*[=+\-@＝＋－＠])|(?<=[;\t\r\n])(?![\t\r\n])(?=[{_UNSEEN}]*[=+\-@＝＋－＠])"
)
# Most texts, told in one pass.
_USUAL = re.compile(r"[A-Za-z0-9][^;\t\r\n]*")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before each place where one could begin."""
    if _USUAL.fullmatch(text):
        return text
    return _FORMULA.sub("'", text)
