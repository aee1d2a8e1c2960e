"""Each list has its page: its anomalies with their rules, what it changed and settled."""

import re
from pathlib import Path

import pytest

from monitors.gateway.records import AnomalyKind
from monitors.models import Operation, Refresh, RefreshAnomaly, Role
from monitors.wording.anomalies import anomaly_result, anomaly_rule
from tests.tampering import lifted
from tests.views.pages import attributes, text

RULES = Path(__file__).resolve().parents[2] / "docs" / "upstream.md"
ODD = """[{"name":"odd","email":null,"frequency":"0","users":["acme","acme"]},
          {"name":"","email":"a@northmail.example","frequency":"1","users":[]}]"""


@pytest.fixture
def odd_list(desk, load):
    """The desk after a list with anomalies."""
    desk.fault("raw", task="list", body=ODD, status=200)
    load()
    return Refresh.objects.latest("pk")


@pytest.mark.parametrize("kind", AnomalyKind)
def test_each_kind_has_its_rule_in_words(kind):
    anomaly = RefreshAnomaly(kind=kind)

    assert anomaly_rule(anomaly) != kind.replace("_", " ").capitalize()
    assert anomaly_result(anomaly)


def test_the_rules_are_those_of_the_document():
    documented = set(re.findall(r"\| `([a-z]+(?:_[a-z]+)+)` \|", RULES.read_text()))

    assert documented == {kind.value for kind in AnomalyKind}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/upstream/", "/upstream/lists/{}/"])
def test_an_auditor_reads_each_anomaly_and_what_the_desk_did(as_role, odd_list, path):
    page = as_role(Role.AUDITORS).get(path.format(odd_list.pk))

    assert set(attributes(page, "data-anomaly")) == {
        "bad_email",
        "bad_frequency",
        "duplicate_user",
        "no_name",
    }
    assert "The mailbox cannot be read odd nothing shown without a mailbox" in text(page)
    assert "The row has no name '' left out" in text(page)


@pytest.mark.django_db
def test_a_list_tells_what_it_settled(ana, desk, load, record_named):
    ana.post(f"/records/{record_named('billing-watch').pk}/append/", {"user": "initech"})
    load()
    operation = Operation.objects.get()

    page = ana.get(f"/upstream/lists/{operation.settled_by_id}/")
    story = ana.get(f"/operations/{operation.pk}/")

    assert "Settled operations" in text(page)
    assert attributes(page, "data-operation")[0] == str(operation.pk)
    assert f"/upstream/lists/{operation.settled_by_id}/" in attributes(story, "href")


@pytest.mark.django_db
def test_a_list_tells_what_it_changed_and_why(ana, desk, load):
    desk.store.append(user="initech", name="billing-watch")
    load()

    page = text(ana.get(f"/upstream/lists/{Refresh.objects.latest('pk').pk}/"))

    assert "Changes Difference Source initech appeared on billing-watch outside the desk" in page


@pytest.mark.django_db
def test_very_many_anomalies_are_paged_and_those_left_out_are_counted(ana, desk):
    refresh = Refresh.objects.latest("pk")
    RefreshAnomaly.objects.bulk_create(
        RefreshAnomaly(refresh=refresh, kind="bad_user", record=f"r{n}") for n in range(60)
    )
    with lifted():
        Refresh.objects.update(anomalies=1234)

    first, second = (ana.get(f"/upstream/lists/{refresh.pk}/", {"page": n}) for n in (1, 2))

    assert (len(attributes(first, "data-anomaly")), len(attributes(second, "data-anomaly"))) == (50, 10)
    assert "The first 60 of 1,234 are stored." in text(second)
    assert "Show all 1,234" in text(ana.get("/upstream/"))


@pytest.mark.django_db
def test_a_list_that_never_came_says_so(ana, db):
    refresh = Refresh.objects.create(asked_at="2026-11-01T00:00:00Z", outcome="failed", note="nobody there")

    page = text(ana.get(f"/upstream/lists/{refresh.pk}/"))

    assert "No list came" in page
    assert "Nobody there" in page
    assert ana.get("/upstream/lists/999999/").status_code == 404
