"""Where a session is, in a few words."""

NOWHERE = "0.0.0.0"  # noqa: S104 - kept where a connection had no address
# Each names itself last and the older ones as well: the first that fits is it.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device(user_agent: str) -> str:
    """`Firefox on Linux`, by what a browser says of itself."""
    browser, system = _named(_BROWSERS, user_agent), _named(_SYSTEMS, user_agent)
    if not browser:
        return "Another program"
    return f"{browser} on {system}" if system else browser


def address(ip: str) -> str:
    return "an unknown address" if ip == NOWHERE else ip


def _named(marks: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in marks.items() if mark in user_agent), "")
