"""Passwords are tried within limits, which are judged before the hash; what failed becomes one event a minute."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.models import User
from django.utils import timezone

from monitors.models import AuditEvent, FailedSignIns
from monitors.services import clock, failed_sign_ins, sign_ins

pytestmark = pytest.mark.django_db
PASSWORD, HERE, THERE = "a long enough one", "192.0.2.7", "198.51.100.3"


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password=PASSWORD, first_name="Ana")


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """The passwords of which a hash was computed."""
    computed: list[str] = []
    verify = hashers.verify_password

    def note(password, *rest, **more):
        computed.append(password)
        return verify(password, *rest, **more)

    monkeypatch.setattr(hashers, "verify_password", note)
    return computed


def fail(times=1, username="ana", address=HERE):
    for _ in range(times):
        assert sign_ins.by_password(username, "wrong", address=address) is None


def later(**delta):
    moment = timezone.now() + timedelta(**delta)
    return clock.reading(lambda: moment)


def failures():
    return AuditEvent.objects.filter(kind="sign_in_failed").order_by("number")


def test_the_right_password_names_the_person(ana):
    assert sign_ins.by_password("ana", PASSWORD, address=HERE) == ana


def test_after_ten_wrong_ones_not_even_the_right_one_is_tried(ana, hashes):
    fail(failed_sign_ins.ACCOUNT_LIMIT)
    hashes.clear()

    with pytest.raises(sign_ins.TooMany):
        sign_ins.by_password("ana", PASSWORD, address=THERE)

    assert hashes == []


def test_after_a_quarter_of_an_hour_it_is_tried_again(ana):
    fail(failed_sign_ins.ACCOUNT_LIMIT)

    with later(minutes=16):
        assert sign_ins.by_password("ana", PASSWORD, address=HERE) == ana


def test_one_address_may_not_try_many_accounts(ana, hashes):
    for number in range(failed_sign_ins.ADDRESS_LIMIT):
        fail(username=f"nobody {number}")
    hashes.clear()

    with pytest.raises(sign_ins.TooMany):
        sign_ins.by_password("ana", PASSWORD, address=HERE)
    assert hashes == []
    assert sign_ins.by_password("ana", PASSWORD, address=THERE) == ana


def limits_of(username):
    """After how many wrong passwords from many addresses none is tried any more."""
    for tried in range(failed_sign_ins.ADDRESS_LIMIT):
        try:
            fail(username=username, address=f"198.51.100.{tried}")
        except sign_ins.TooMany:
            return tried
    return None


@pytest.mark.parametrize("most", [1, 60])
def test_limits_do_not_tell_whether_an_account_exists(ana, monkeypatch, most):
    """Neither in a minute with very many attempts."""
    monkeypatch.setattr(failed_sign_ins, "MAX_ROWS_A_MINUTE", most)

    assert limits_of("ana") == limits_of("nobody of this name") == failed_sign_ins.ACCOUNT_LIMIT


def test_many_names_that_nobody_has_are_one_event_of_a_minute(ana):
    for number in range(12):
        fail(username=f"nobody {number}")

    with later(minutes=2):
        failed_sign_ins.note()

    assert [event.details["count"] for event in failures()] == [12]


def test_all_addresses_of_an_ipv6_network_are_one(ana):
    for number in range(failed_sign_ins.ADDRESS_LIMIT):
        fail(username=f"nobody {number}", address=f"2001:db8:1:2::{number:x}")

    with pytest.raises(sign_ins.TooMany):
        sign_ins.by_password("ana", PASSWORD, address="2001:db8:1:2:ffff::1")
    assert sign_ins.by_password("ana", PASSWORD, address="2001:db8:1:3::1") == ana


def test_whoever_comes_in_may_mistype_again_and_others_may_not(ana):
    fail(5)
    fail(4, address=THERE)

    sign_ins.by_password("ana", PASSWORD, address=HERE)
    fail(6)

    with pytest.raises(sign_ins.TooMany):
        sign_ins.by_password("ana", PASSWORD, address=HERE)


def test_success_leaves_no_failure_behind(ana):
    sign_ins.by_password("ana", PASSWORD, address=HERE)

    with later(minutes=2):
        assert failed_sign_ins.note() == 0
    assert not failures().exists()


def test_over_the_limit_nothing_is_written(ana, django_assert_num_queries):
    fail(failed_sign_ins.ACCOUNT_LIMIT)
    before = list(FailedSignIns.objects.values_list("count"))

    for _ in range(5):
        with pytest.raises(sign_ins.TooMany):
            sign_ins.by_password("ana", "wrong", address=HERE)

    assert list(FailedSignIns.objects.values_list("count")) == before


def test_while_a_hash_is_computed_few_wait_and_the_rest_are_turned_away(ana, monkeypatch):
    monkeypatch.setattr(sign_ins, "_places", threading.BoundedSemaphore(1))
    with sign_ins._turn(), pytest.raises(sign_ins.Busy):
        sign_ins.by_password("ana", PASSWORD, address=HERE)

    assert sign_ins.by_password("ana", PASSWORD, address=HERE) == ana


def test_whoever_waits_too_long_is_turned_away_and_nothing_is_counted(ana, monkeypatch):
    monkeypatch.setattr(sign_ins, "PATIENCE_SECONDS", 0.01)
    with sign_ins._turn(), pytest.raises(sign_ins.Busy):
        sign_ins.by_password("ana", PASSWORD, address=HERE)

    assert not FailedSignIns.objects.exists()


# What the log says


def test_the_failures_of_a_minute_are_one_event_with_a_count(ana):
    minute = timezone.now().replace(second=0, microsecond=0)
    with clock.reading(lambda: minute):
        fail(3)
        fail(1, address=THERE)
    with clock.reading(lambda: minute + timedelta(minutes=1)):
        assert failed_sign_ins.note() == 2
        assert failed_sign_ins.note() == 0

    here, there = failures()
    assert (here.actor_name, here.actor_id, here.person_id, here.address) == ("ana", None, ana.pk, HERE)
    assert here.details == {"count": 3, "minute": minute.isoformat(), "step": "password"}
    assert (there.address, there.details["count"]) == (THERE, 1)


def test_whoever_signs_in_finds_the_failures_in_the_log_without_a_worker_too(client, ana):
    with later(minutes=-3):
        fail(2)

    client.post("/accounts/login/", {"username": "ana", "password": PASSWORD})

    assert list(AuditEvent.objects.order_by("number").values_list("kind", flat=True))[-2:] == [
        "sign_in_failed",
        "sign_in",
    ]


def test_a_minute_that_is_not_over_waits(ana):
    minute = timezone.now().replace(second=5, microsecond=0)
    with clock.reading(lambda: minute):
        fail()
        assert failed_sign_ins.note() == 0


def test_a_name_that_nobody_has_is_kept_nowhere(ana):
    fail(2, username=PASSWORD)

    with later(minutes=2):
        failed_sign_ins.note()

    assert failures().get().actor_name == "somebody unknown"
    assert PASSWORD not in str(list(AuditEvent.objects.values()))


def test_a_visitor_with_many_addresses_fills_neither_the_table_nor_the_log(ana, monkeypatch):
    monkeypatch.setattr(failed_sign_ins, "MAX_ROWS_A_MINUTE", 3)
    minute = timezone.now().replace(second=0, microsecond=0)
    with clock.reading(lambda: minute):
        for number in range(20):
            fail(username=f"nobody {number}", address=f"198.51.100.{number}")
    with clock.reading(lambda: minute + timedelta(minutes=1)):
        assert failed_sign_ins.note() == 4

    assert sum(event.details["count"] for event in failures()) == 20
    assert failures().last().address is None


def test_also_from_many_addresses_an_account_has_one_limit(ana, monkeypatch):
    monkeypatch.setattr(failed_sign_ins, "MAX_ROWS_A_MINUTE", 3)
    for number in range(failed_sign_ins.ACCOUNT_LIMIT):
        fail(address=f"198.51.100.{number}")

    with pytest.raises(sign_ins.TooMany):
        sign_ins.by_password("ana", PASSWORD, address=HERE)


def test_what_no_limit_needs_is_forgotten_once_it_is_an_event(ana):
    fail()

    with later(minutes=20):
        failed_sign_ins.note()
        failed_sign_ins.note()

    assert not FailedSignIns.objects.exists()
    assert failures().count() == 1


# On the page


def test_the_page_says_only_that_name_or_password_is_wrong(client, ana):
    page = client.post("/accounts/login/", {"username": "ana", "password": "wrong"})

    assert page.status_code == 422
    assert "Wrong name or password." in page.content.decode()


def test_the_page_says_when_to_come_back(client, ana):
    fail(failed_sign_ins.ACCOUNT_LIMIT, address="127.0.0.1")

    page = client.post("/accounts/login/", {"username": "ana", "password": PASSWORD})

    assert page.status_code == 429
    assert "Wait 15 minutes" in page.content.decode()
    assert "_auth_user_id" not in client.session
