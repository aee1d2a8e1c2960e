"""Somebody with a browser, as far as the desk can tell: signs in, reads pages, sends forms."""

import re
from typing import Any
from uuid import uuid4

import requests

from monitors.demo.people import PASSWORD

TOKEN = re.compile(r'name="token" value="([0-9a-f-]{36})"')


class Visitor:
    def __init__(self, url: str, username: str, *, timeout: float = 60) -> None:
        self.url, self.username, self.timeout = url.rstrip("/"), username, timeout
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> "Visitor":
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", username=self.username, password=PASSWORD)
        assert answer.status_code == 302, answer.text
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str) -> requests.Response:
        return self._ask("GET", path)

    def head(self, path: str) -> requests.Response:
        return self._ask("HEAD", path)

    def post(self, path: str, **fields: Any) -> requests.Response:
        """With the CSRF token, and not following the redirect; `token` is the form's own number."""
        fields.setdefault("csrfmiddlewaretoken", self.session.cookies.get("csrftoken"))
        return self._ask("POST", path, data=fields)

    def act(self, path: str, **fields: Any) -> requests.Response:
        """Send a task's form with a number of its own."""
        return self.post(path, token=str(uuid4()), **fields)

    def refresh(self) -> None:
        """With no worker alive the web fetches the list before it answers."""
        answer = self.post("/refresh/")
        assert answer.status_code == 302, (answer.status_code, answer.text)

    def token_of(self, path: str) -> str:
        """The number of the form on that page."""
        match = TOKEN.search(self.get(path).text)
        assert match is not None
        return match[1]

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        url = self.url + path
        return self.session.request(method, url, allow_redirects=False, timeout=self.timeout, **more)
