"""A small identity provider: OpenID Connect's discovery, keys and token endpoint over HTTP, with a key of its own."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT_ID, CLIENT_SECRET = "desk", "the desk's secret"


class Provider:
    """A context manager. What it says of the one person that it knows is `claims`; `token` makes what it answers."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.claims: dict[str, Any] = {"sub": "u-1", "preferred_username": "eva", "email_verified": True}
        self.headers: dict[str, Any] = {"kid": "k1"}
        self.algorithm: str = "ES256"
        self.signing_key: Any = self.key
        self.issuer_in_config = ""
        self.asked: dict[str, str] = {}  # the parameters of the last authorization request
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser brings back after somebody has said yes there."""
        parts = urlsplit(address)
        assert address.startswith(f"{self.issuer}/authorize")
        self.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return {"code": "the code", "state": self.asked["state"]}

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.signing_key, algorithm=self.algorithm, headers=self.headers)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, self._configuration()
        if path == "/keys":
            public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [public | {"kid": "k1", "use": "sig", "alg": "ES256"}]}
        if path == "/token" and self._is_right(form):
            return 200, {"access_token": "for nothing", "token_type": "Bearer", "id_token": self.token()}
        return 400, {"error": "invalid_grant"}

    def _configuration(self) -> dict[str, Any]:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        endpoints = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()}
        return endpoints | {"issuer": self.issuer_in_config or self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def _is_right(self, form: dict[str, str]) -> bool:
        """The client's secret, the code, and PKCE's proof that whoever asked is who began."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        is_client = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        return is_client and challenge.rstrip(b"=").decode() == self.asked["code_challenge"]


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, answer = provider.answer(self.path, form)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
