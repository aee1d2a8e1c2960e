"""From where somebody came: the connection, or what a proxy says that is trusted."""

import pytest

from monitors.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def address_of(client):
    """The address in the event of a sign-out that came like this."""

    def ask(user, **headers):
        client.force_login(user)
        client.post("/accounts/logout/", **headers)
        return AuditEvent.objects.latest("number").address

    return ask


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),  # a socket file has none
    ],
)
def test_an_event_carries_the_address_of_the_connection(address_of, manager, remote, address):
    assert address_of(manager, REMOTE_ADDR=remote) == address


def test_a_visitor_cannot_choose_an_address_or_a_request_id(address_of, manager, client):
    claimed = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_REQUEST_ID": "mine"}

    assert address_of(manager, REMOTE_ADDR="192.0.2.7", **claimed) == "192.0.2.7"
    assert client.get("/healthz", **claimed).headers["X-Request-ID"] != "mine"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.3", "198.51.100.3"),
        ("203.0.113.9, 198.51.100.3", "198.51.100.3"),
        ("198.51.100.3, rubbish", "192.0.2.7"),
        ("", "192.0.2.7"),
    ],
)
def test_behind_a_trusted_proxy_it_is_what_the_proxy_added_last(
    address_of, manager, settings, forwarded, address
):
    settings.TRUST_PROXY = True

    assert address_of(manager, REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=forwarded) == address


def test_a_trusted_proxy_may_name_the_request(client, settings):
    settings.TRUST_PROXY = True

    assert client.get("/healthz", HTTP_X_REQUEST_ID="mine").headers["X-Request-ID"] == "mine"


def test_what_nobody_outside_caused_has_no_address(manager):
    assert AuditEvent.objects.latest("number").address is None
