"""A self-signed certificate for `localhost`. Its key is public and only for these tests."""

import ssl
from pathlib import Path

CERTIFICATE = str(Path(__file__).with_name("localhost.pem"))


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context
