"""The six tasks on the sandbox through SendGrid's own HTTP client."""

from urllib.parse import urlencode, urlsplit

import pytest
from python_http_client import Client

from monitors.sandbox.server import SandboxServer

CREDENTIALS = {"api_user": "demo", "api_key": "demo-key"}
STEPS = [
    (
        {"task": "create", "name": "é/日本", "email": "desk@example.com", "frequency": "10"},
        {"message": "success"},
    ),
    ({"task": "append", "user": "chebyte", "name": "é/日本"}, {"message": "success"}),
    (
        {"task": "delete", "name": "é/日本"},
        {"message": "error", "errors": ["Monitor record is in use by at least one user"]},
    ),
    ({"task": "edit", "name": "é/日本", "new_name": "ü", "new_frequency": "7"}, {"message": "success"}),
    (
        {"task": "list"},
        [
            {"name": "samples", "email": "desk@example.com", "frequency": "1000", "users": []},
            {"name": "ü", "email": "desk@example.com", "frequency": "7", "users": ["chebyte"]},
        ],
    ),
    ({"task": "detach", "user": "chebyte"}, {"message": "success"}),
    ({"task": "delete", "name": "ü"}, {"message": "success"}),
    (
        {"task": "list"},
        [{"name": "samples", "email": "desk@example.com", "frequency": "1000", "users": []}],
    ),
]


@pytest.mark.parametrize("path", ["/api/distributor.manage.json", "/apiv2/reseller.manage.json"])
def test_sendgrids_own_client_posts_all_six_tasks(server: SandboxServer, path: str) -> None:
    for form, answer in STEPS:
        assert post(server, path, CREDENTIALS | {"method": "monitor"} | form) == answer


def test_sendgrids_own_client_gets_all_six_tasks_through_the_parents_door(server: SandboxServer) -> None:
    for form, answer in STEPS:
        assert get(server, "/apiv2/customer.monitor.json", CREDENTIALS | form) == answer


def post(server: SandboxServer, path: str, form: dict[str, str]) -> object:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    client = Client(host=origin(server), request_headers=headers, timeout=5)
    return client._(path.lstrip("/")).post(request_body=urlencode(form)).to_dict


def get(server: SandboxServer, path: str, form: dict[str, str]) -> object:
    client = Client(host=origin(server), timeout=5)
    return client._(path.lstrip("/")).get(query_params=form).to_dict


def origin(server: SandboxServer) -> str:
    return f"http://{urlsplit(server.url).netloc}"
