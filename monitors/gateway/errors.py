"""How a call can fail, sorted by what the caller may do next.

GatewayError
├── NotSent          nothing reached the upstream: safe to repeat
├── OutcomeUnknown   sent, but no trustworthy answer: settle before repeating
├── UnusableList     the answer to `list` is not a trustworthy list: change nothing
└── Refused          the upstream said no, in its own words
    ├── BadCredentials
    └── RateLimited  (retry_after, seconds)

No message, repr or attribute of these contains the request body or the key.
"""


class GatewayError(Exception):
    """A call that did not succeed. `reason` is a short clause for a person, without a full stop."""

    def __init__(self, reason: str, *, http_status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.http_status = http_status


class NotSent(GatewayError):
    """Nothing reached the upstream: connection refused, no DNS, connect timeout, or our own throttle.

    `retry_after` is in seconds; only the throttle sets it.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class OutcomeUnknown(GatewayError):
    """The request was sent and no trustworthy answer came: it may have been carried out."""


class UnusableList(GatewayError):
    """The answer to `list` cannot be read as a list of records."""


class Refused(GatewayError):
    """The upstream refused. `words` are its own, one entry for each message."""

    def __init__(self, words: tuple[str, ...], *, http_status: int | None = None) -> None:
        super().__init__("; ".join(words), http_status=http_status)
        self.words = words


class BadCredentials(Refused):
    """The upstream does not accept our user or key."""


class RateLimited(Refused):
    """Too many requests; `retry_after` is in seconds, None where the upstream gave no time."""

    def __init__(
        self, words: tuple[str, ...], *, http_status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(words, http_status=http_status)
        self.retry_after = retry_after
