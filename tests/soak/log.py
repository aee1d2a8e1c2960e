"""What web and workers wrote to their logs: tracebacks of a database that was away are expected, no others."""

import re
from collections import Counter

_TRACEBACK = re.compile(
    r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)+(?P<error>\S.*)\n", re.MULTILINE
)
# Another one follows, in which it was handled or wrapped; the message may have several lines.
_IS_CHAINED = re.compile(r"(?:[ \t].*\n)*\n(?:The above exception|During handling)")
_DATABASE_AWAY = re.compile(
    r"psycopg\.(OperationalError|errors\.(AdminShutdown|CrashShutdown|CannotConnectNow)):"
    r"|django\.db\.utils\.(OperationalError|InterfaceError):"
    r"|monitors\.services\.errors\.NotRecorded"  # the page says the rest
)


def unexpected_errors(log: str) -> list[str]:
    """The errors in which tracebacks end, with how often each did."""
    ends = [match for match in _TRACEBACK.finditer(log) if not _IS_CHAINED.match(log, match.end())]
    errors = Counter(match["error"] for match in ends if not _DATABASE_AWAY.match(match["error"]))
    return [f"{times} times {error}" for error, times in errors.items()]
