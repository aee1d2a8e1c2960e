"""What a call can end in besides success, sorted by what the caller may do next.

GatewayError
├── NotSent          nothing reached the upstream: safe to repeat
├── OutcomeUnknown   sent, and no trustworthy answer came: settle before repeating
├── UnusableList     the answer to `list` is not a list that can be trusted: change nothing
└── Refused          the upstream said no; its own words are kept
    ├── BadCredentials
    └── RateLimited  (retry_after, seconds)

No message, repr or attribute of these carries the request's body or the key.
"""


class GatewayError(Exception):
    """A call that did not end in success; `reason` is one short sentence for a person."""

    def __init__(self, reason: str, *, http_status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.http_status = http_status


class NotSent(GatewayError):
    """Nothing reached the upstream (refused connection, no DNS, connect timeout, our own limiter)."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class OutcomeUnknown(GatewayError):
    """The request left us and no trustworthy answer came: it may have been applied."""


class UnusableList(GatewayError):
    """The answer to `list` cannot be read as a list of records."""


class Refused(GatewayError):
    """The upstream said no. `words` are its own, one entry a message."""

    def __init__(self, words: tuple[str, ...], *, http_status: int | None = None) -> None:
        super().__init__("; ".join(words), http_status=http_status)
        self.words = words


class BadCredentials(Refused):
    """The upstream does not accept our user or key."""


class RateLimited(Refused):
    """Too many requests; `retry_after` is in seconds, None when the upstream did not say."""

    def __init__(
        self, words: tuple[str, ...], *, http_status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(words, http_status=http_status)
        self.retry_after = retry_after
