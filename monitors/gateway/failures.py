"""Why no answer came, in one sentence of ours; an exception's own text may quote the request."""

import http.client
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import IncompleteRead

_BEFORE: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "the upstream's certificate is not trusted"),
    (ssl.SSLError, "no secure connection to the upstream could be made"),
    (socket.gaierror, "the upstream's name has no address"),
    (TimeoutError, "no connection to the upstream could be made in time"),
    (ConnectionRefusedError, "the upstream refused the connection"),
    (UnicodeError, "a parameter or the upstream's address cannot be written as text"),
    (BaseException, "no connection to the upstream could be made"),
)
_AFTER: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "the upstream did not answer in time"),
    (ConnectionError, "the upstream closed the connection before its answer was complete"),
    (http.client.IncompleteRead, "the upstream's answer broke off"),
    (IncompleteRead, "the upstream's answer broke off"),
    (http.client.HTTPException, "the upstream's answer is not HTTP"),
    (BaseException, "the connection to the upstream broke"),
)


def reason(error: BaseException, has_begun: bool) -> str:
    causes = list(_causes(error))
    table = _AFTER if has_begun else _BEFORE
    return next(sentence for kind, sentence in table if any(isinstance(cause, kind) for cause in causes))


def is_passing(error: BaseException) -> bool:
    """A TLS error or a request that cannot be written will not go away by asking again."""
    return not any(isinstance(cause, ssl.SSLError | UnicodeError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
