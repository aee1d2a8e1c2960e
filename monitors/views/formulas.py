"""Text of a cell that could become a formula."""

import re
from collections.abc import Sequence

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
_START, _END = "[A-Za-z0-9{]", r"[^;\t\r\n\0]*"
_USUAL = re.compile(f"{_START}{_END}")
_ALL_USUAL = re.compile(rf"(?:{_START}{_END})?+(?:\0(?:{_START}{_END})?+)*+")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before each place where one could begin."""
    if _USUAL.fullmatch(text):
        return text
    return _FORMULA.sub("'", text)


def all_harmless(texts: Sequence[str]) -> Sequence[str]:
    """The same of many: where all are usual it is told in one pass too."""
    return texts if _ALL_USUAL.fullmatch("\0".join(texts)) else list(map(harmless, texts))
