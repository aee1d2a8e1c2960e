"""Behaviour of append and detach that is not known: the option `second_append`, and our guesses."""

import pytest

from monitors.sandbox.messages import Invented
from monitors.sandbox.rendering import as_json
from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import answer_to

SUCCESS = b'{"message":"success"}'
REFUSED = as_json({"message": "error", "errors": [Invented.ALREADY_MONITORED]}).encode()
ROWS = [("first", "a@example.com", 1, ("chebyte",)), ("second", "a@example.com", 1, ())]


@pytest.mark.parametrize(
    ("second_append", "answer", "users"),
    [
        ("moved", SUCCESS, [(), ("chebyte",)]),
        ("both", SUCCESS, [("chebyte",), ("chebyte",)]),
        ("refused", REFUSED, [("chebyte",), ()]),
    ],
)
def test_append_of_a_customer_on_another_record_follows_the_option(
    second_append: str, answer: bytes, users: list[tuple[str, ...]]
) -> None:
    with SandboxServer(second_append=second_append, control_port=None) as server:
        server.store.seed(records=ROWS)

        assert answer_to(server, "append", user="chebyte", name="second") == answer
        assert [row[3] for row in server.store.snapshot()] == users


@pytest.mark.parametrize("second_append", ["moved", "both", "refused"])
def test_append_of_a_customer_who_is_there_already_succeeds_and_changes_nothing(second_append: str) -> None:
    with SandboxServer(second_append=second_append, control_port=None) as server:
        server.store.seed(records=ROWS)

        assert answer_to(server, "append", user="chebyte", name="first") == SUCCESS
        assert server.store.snapshot() == ROWS


def test_detach_without_a_name_is_from_all_records_and_with_a_name_from_that_one() -> None:
    with SandboxServer(second_append="both", control_port=None) as server:
        server.store.seed(records=[(name, "a@example.com", 1, ("chebyte", "acme")) for name in "abc"])

        answer_to(server, "detach", user="chebyte", name="b")
        answer_to(server, "detach", user="acme")

        assert [row[3] for row in server.store.snapshot()] == [("chebyte",), (), ("chebyte",)]


def test_detach_of_a_customer_who_is_on_none_succeeds(server: SandboxServer) -> None:
    assert answer_to(server, "detach", user="chebyte") == SUCCESS


def test_unknown_option_value_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="moved-about"):
        SandboxServer(second_append="moved-about")
