"""Names in which what was typed is marked."""

from html import escape

from django.utils.safestring import SafeString

from monitors.wording.names import visible


def marked(name: str, typed: str) -> SafeString:
    """The name as people must see it, with the first place where it holds the text; hidden characters come first."""
    at = name.lower().find(typed.lower()) if typed and len(name.lower()) == len(name) else -1
    plain = visible(name)
    if at < 0 or plain != f"<bdi>{escape(name)}</bdi>":
        return plain
    before, inside, after = name[:at], name[at : at + len(typed)], name[at + len(typed) :]
    return SafeString(f"<bdi>{escape(before)}<mark>{escape(inside)}</mark>{escape(after)}</bdi>")
