"""Why no answer came, in our own words: the text of an exception may quote the request and the key."""

import http.client
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import IncompleteRead

_NOT_SENT: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "SendGrid's certificate is not trusted"),
    (ssl.SSLError, "no TLS connection to SendGrid could be made"),
    (socket.gaierror, "SendGrid's host name could not be resolved"),
    (TimeoutError, "the connection to SendGrid timed out"),
    (ConnectionRefusedError, "SendGrid refused the connection"),
    (UnicodeError, "a parameter or SendGrid's address cannot be encoded"),
    (BaseException, "no connection to SendGrid could be made"),
)
_SENT: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "SendGrid did not answer in time"),
    (http.client.RemoteDisconnected, "SendGrid closed the connection before it answered"),
    (ConnectionError, "SendGrid closed the connection before its answer was complete"),
    (http.client.IncompleteRead, "SendGrid's answer is incomplete"),
    (IncompleteRead, "SendGrid's answer is incomplete"),
    (http.client.HTTPException, "SendGrid's answer is not HTTP"),
    (BaseException, "the connection to SendGrid broke"),
)


def reason(error: BaseException, has_begun: bool) -> str:
    causes = list(_causes(error))
    table = _SENT if has_begun else _NOT_SENT
    return next(clause for kind, clause in table if any(isinstance(cause, kind) for cause in causes))


def is_transient(error: BaseException) -> bool:
    """False for a TLS error and for a request that cannot be encoded: a retry would fail the same way."""
    return not any(isinstance(cause, ssl.SSLError | UnicodeError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
