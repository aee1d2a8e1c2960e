"""Numbers for machines that watch the desk: with a word, without a name, and right over several processes."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import requests
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families as parsed

from monitors.models import Mirror, Operation, State, Task
from monitors.services import metrics
from tests.product import Product, wait_until
from tests.services.rows import a_record, an_attachment, an_operation
from tests.unguarded import free_operations

TOKEN = "a-word-of-more-than-twenty"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def ask(client, settings, db):
    settings.METRICS_TOKEN = TOKEN

    def ask(**headers):
        return client.get("/metrics", headers=headers or BEARER)

    return ask


def values(text):
    """By name and, in parentheses, the labels' values in the order of the labels' names."""
    found = {}
    for family in parsed(text):
        for sample in family.samples:
            labels = ",".join(value for _, value in sorted(sample.labels.items()))
            found[f"{sample.name}({labels})" if labels else sample.name] = sample.value
    return found


@pytest.mark.parametrize("given", [{}, "", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ä"])
def test_nobody_without_the_word_gets_a_number(ask, client, given):
    answer = ask(Authorization=given) if given != {} else client.get("/metrics")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"desk_" not in answer.content


def test_without_the_setting_there_is_no_such_page(client, settings, db):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers=BEARER).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_it_is_only_read(client, settings):
    settings.METRICS_TOKEN = TOKEN

    assert client.post("/metrics", headers=BEARER).status_code == 405


def test_the_state_of_the_desk_is_read_from_the_database(ask):
    now = timezone.now()
    free_operations()
    for state, seconds in ((State.QUEUED, 90), (State.QUEUED, 30), (State.UNKNOWN, 5), (State.REFUSED, 5)):
        operation = an_operation(Task.CREATE, state=state)
        settled_at = now if state == State.REFUSED else None
        Operation.objects.filter(pk=operation.pk).update(
            started_at=now - timedelta(seconds=seconds), settled_at=settled_at
        )
    Mirror.objects.update(
        asked_at=now - timedelta(seconds=400), failing_since=now, worker_seen_at=now - timedelta(minutes=5)
    )

    found = values(ask().content.decode())

    assert {
        name: found[f"desk_operations({name})"] for name in ("queued", "pending", "unknown", "accepted")
    } == {
        "queued": 2,
        "pending": 0,
        "unknown": 1,
        "accepted": 0,
    }
    assert "desk_operations(refused)" not in found
    assert 90 <= found["desk_queue_age_seconds"] < 150
    assert 400 <= found["desk_list_age_seconds"] < 460
    assert (found["desk_list_failing"], found["desk_worker_alive"], found["desk_database_up"]) == (1, 0, 1)


def test_a_fresh_desk_has_no_ages(ask):
    found = values(ask().content.decode())

    assert "desk_list_age_seconds" not in found
    assert (found["desk_queue_age_seconds"], found["desk_list_failing"]) == (0, 0)


def test_it_asks_little_and_writes_nothing(ask, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        ask()


def test_a_dead_database_is_a_number_too(ask):
    def refuse(*_):
        raise OperationalError("the database is gone")

    with connection.execute_wrapper(refuse):
        answer = ask()

    assert answer.status_code == 200
    assert values(answer.content.decode())["desk_database_up"] == 0


def test_no_name_and_no_address_becomes_a_label(ask, desk_page):
    text = ask().content.decode()

    assert 'view="customer"' in text
    assert "acme" not in text
    assert "/customers/" not in text


@pytest.fixture
def desk_page(client, manager, db):
    customer = an_attachment(a_record(), "acme").customer
    client.force_login(manager)
    client.get(f"/customers/{customer.pk}/?q=acme")
    client.get("/customers/acme/nowhere/")


def test_what_a_process_counted_stays_when_it_is_gone(tmp_path, monkeypatch):
    count = (
        "from monitors.services import metrics as m; m.CALLS.labels('failed').inc(3);"
        "m.CALL_SECONDS.observe(0.3); m.tidy()"
    )
    environment = dict(os.environ) | {metrics.FOLDER: str(tmp_path)}

    for _ in range(3):
        subprocess.run([sys.executable, "-c", count], env=environment, check=True)
    names = {path.name for path in tmp_path.iterdir() if path.suffix == ".db"}
    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    from monitors.views.metrics import _counted

    found = values(_counted().decode())

    assert found["desk_sendgrid_calls_total(failed)"] == 9
    assert found["desk_sendgrid_call_seconds_count"] == 3
    assert found["desk_sendgrid_call_seconds_bucket(0.25)"] == 0
    assert found["desk_sendgrid_call_seconds_bucket(0.5)"] == 3
    assert len(names) == 4  # of all that are gone, and of the last one
    metrics.tidy()
    assert {path.name for path in tmp_path.glob("*.db")} == {"counter_0.db", "histogram_0.db"}


@pytest.mark.slow
@pytest.mark.any_database
def test_several_processes_are_one_desk():
    with Product(workers=2, worker=1, overrides={"METRICS_TOKEN": TOKEN}) as desk:
        address = f"{desk.url}metrics"
        wait_until(lambda: "desk_worker_alive 1.0" in requests.get(address, headers=BEARER, timeout=9).text)
        asked = 30
        for _ in range(asked):
            requests.get(f"{desk.url}accounts/login/", timeout=9)

        texts = [requests.get(address, headers=BEARER, timeout=9).text for _ in range(6)]

        logins = [values(text).get("desk_requests_total(GET,200,account_login)") for text in texts]
        assert set(logins) == {asked}
        assert len(desk.web_pids) == 3
