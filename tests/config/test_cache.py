"""What processes share in the cache's table is JSON: a row runs no code."""

import base64
import os
import pickle
from datetime import timedelta

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_left():
    cache.clear()
    yield
    cache.clear()


class Trap:
    """What runs when somebody unpickles it."""

    def __reduce__(self):
        return os.mkdir, (os.environ["TRAP"],)


def put(text):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitors_cache SET value = %s", [text])


def test_what_was_put_in_comes_out_until_its_time(monkeypatch):
    cache.set("history", [1.5, 2.5], 60)
    cache.set("for-good", "y", None)
    later = timezone.now() + timedelta(minutes=2)

    assert cache.get_many(["history", "for-good", "nothing"]) == {"history": [1.5, 2.5], "for-good": "y"}
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert (cache.get("history"), cache.get("for-good")) == (None, "y")


def test_only_the_first_adds_until_it_has_expired(monkeypatch):
    assert (cache.add("code", "y", 60), cache.add("code", "z", 60)) == (True, False)
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert cache.add("code", "z", 600) is True


def test_counting_and_touching_and_deleting():
    cache.set("count", 1)

    assert cache.incr("count") == 2
    assert (cache.touch("count", 60), cache.touch("nothing", 60)) == (True, False)
    assert cache.delete("count") is True
    assert cache.get("count", "gone") == "gone"


def test_a_row_that_somebody_wrote_runs_no_code(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAP", str(tmp_path / "sprung"))
    cache.set("key", "value")

    for text in (base64.b64encode(pickle.dumps(Trap())).decode(), "{", ""):
        put(text)
        assert cache.get("key") is None

    assert not (tmp_path / "sprung").exists()


def test_what_json_cannot_say_is_refused():
    with pytest.raises(TypeError):
        cache.set("key", {1, 2})


def test_it_is_full_at_its_limit(monkeypatch):
    monkeypatch.setattr(caches["default"], "_max_entries", 10)

    for number in range(40):
        cache.set(f"key-{number}", number)

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM monitors_cache")
        assert cursor.fetchone()[0] <= 11
