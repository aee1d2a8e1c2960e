"""A certificate for `localhost` that nobody trusts unless told to; its key is for these tests and public."""

import ssl
from pathlib import Path

CERTIFICATE = str(Path(__file__).with_name("localhost.pem"))


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context
