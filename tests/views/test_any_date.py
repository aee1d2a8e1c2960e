"""Any date in any field of any address is answered: at either end of time, and at none."""

import pytest
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.models import Role
from tests.views.test_access import ADDRESSES, paths

__all__ = ["paths"]  # a fixture

pytestmark = pytest.mark.django_db

ENDS_OF_TIME = [
    "0001-01-01T00:00+14:00",
    "0001-01-01T00:00-14:00",
    "0001-01-01",
    "1899-12-31T23:59Z",
    "9000-01-01T00:00",
    "9999-12-31T23:59:59.999999-14:00",
    "9999-12-31T23:59:59+14:00",
    "10000-01-01T00:00Z",
    "2026-02-30T00:00",
    "2026-01-01T25:00",
    "-0001-01-01T00:00Z",
    "2026-03-03T14:00+99:99",
    "²⁰²⁶-01-01T00:00",
    "\x00",
]
# In any address: the names that some address reads a moment, a key or a number from.
FIELDS = (
    *(
        "at",
        "since",
        "until",
        "until_at",
        "list",
        "after",
        "before",
        "from",
        "page",
        "days",
        "volume",
        "again",
    ),
    *(
        "version",
        "operation",
        "refresh",
        "names",
        "starts_at",
        "expires_at",
        "sort",
        "filter",
        "q",
        "group",
        "owner",
    ),
)
PARTS = st.one_of(
    st.sampled_from(ENDS_OF_TIME),
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat()),
    st.dates().map(str),
    st.from_regex(
        r"[0-9]{1,5}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2}|Z)?", fullmatch=True
    ),
)
VALUES = st.one_of(PARTS, st.builds("{}_{}_{}".format, PARTS | st.just(""), PARTS, st.integers(0, 10**20)))


@pytest.fixture
def asked(paths, as_role):
    """The addresses that broke when each of these fields had this value."""
    client = as_role(Role.ADMINISTRATORS)
    client.raise_request_exception = False
    reading = [paths[name] for name, (_, _, methods) in ADDRESSES.items() if "GET" in methods]

    def ask(value, **fixed):
        query = urlencode(dict.fromkeys(FIELDS, value) | fixed)
        return {path for path in reading if client.get(f"{path}?{query}").status_code >= 500}

    return ask


@pytest.mark.parametrize("value", ENDS_OF_TIME)
def test_either_end_of_time_is_answered_by_every_address(asked, value):
    assert asked(value) == set()
    assert asked(value, part="frame", version="x", after=f"_{value}_1", at="") == set()
    assert asked(value, after=f"{value}_{value}_1", before="", sort="", days="", volume="") == set()


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(value=VALUES)
def test_any_date_is_answered_by_every_address(asked, value):
    assert asked(value) == set()
    assert asked(value, part="frame", version="x", days="") == set()


@pytest.mark.parametrize("value", ENDS_OF_TIME)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_either_end_of_time_in_a_form_comes_back_as_a_sentence(paths, as_role, value, zone, settings):
    settings.TIME_ZONE = zone
    client = as_role(Role.ADMINISTRATORS)
    forms = (
        ("append", {"user": "umbrella", "until": value}),
        ("append", {"user": "umbrella", "until": "at", "until_at": value}),
        ("run_plan", {"starts_at": value, "digest": "x"}),
        ("extend", {"until": value, "attachment": "1"}),
        ("edit_plan", {"until": value, "reason": ""}),
    )

    assert all(client.post(paths[name], data).status_code in {302, 404, 422} for name, data in forms)
