"""Filters of the log under a name, and exports: what auditors keep and take along."""

import pytest

from monitors.models import AuditEvent, Right, Role, SavedFilter
from monitors.services import exports, saved_filters
from monitors.services.errors import Denied, Invalid
from monitors.wording.events import event_sentence

pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(person):
    return person(Role.AUDITORS)


def save(actor, name="Refusals", query="outcome=refused", page=SavedFilter.Page.AUDIT):
    return saved_filters.save(actor=actor, page=page, name=name, query=query)


def test_a_filter_is_kept_under_its_name_without_blanks_around_it(ida):
    saved = save(ida, "  Refus\x00als ")

    saved.refresh_from_db()
    assert (saved.owner, saved.name, saved.query) == (ida, "Refusals", "outcome=refused")


def test_the_same_name_again_replaces_ones_own_filter_alone(ida, person):
    boss = person(Role.ADMINISTRATORS)
    save(ida)
    save(boss)

    save(ida, query="task=append")

    assert set(SavedFilter.objects.values_list("owner", "query")) == {
        (ida.pk, "task=append"),
        (boss.pk, "outcome=refused"),
    }


@pytest.mark.parametrize(
    ("name", "is_kept"), [("", False), ("  ", False), ("x" * 100, True), ("x" * 101, False)]
)
def test_a_name_has_one_to_a_hundred_characters(ida, name, is_kept):
    if is_kept:
        assert save(ida, name).pk
        return
    with pytest.raises(Invalid) as refused:
        save(ida, name)
    assert (refused.value.field, refused.value.message) == ("name", "A name has 1 to 100 characters.")


@pytest.mark.parametrize(("query", "is_kept"), [("", False), ("q" * 2000, True), ("q" * 2001, False)])
def test_a_filter_without_conditions_is_not_kept(ida, query, is_kept):
    if is_kept:
        assert save(ida, query=query).pk
        return
    with pytest.raises(Invalid) as refused:
        save(ida, query=query)
    assert refused.value.field is None
    assert refused.value.message == "Set a filter first, then save it under a name."


def test_a_person_keeps_at_most_fifty(ida, person):
    for number in range(50):
        save(ida, f"Filter {number}")

    with pytest.raises(Invalid) as refused:
        save(ida, "Filter 50")
    save(ida, "Filter 7", query="task=append")
    save(person(Role.ADMINISTRATORS), "Filter 50")

    assert refused.value.message.startswith("You have 50 saved views. Delete one first")
    assert SavedFilter.objects.filter(owner=ida).count() == 50
    assert SavedFilter.objects.get(owner=ida, name="Filter 7").query == "task=append"


@pytest.mark.parametrize("role", [Role.AUDITORS, Role.ADMINISTRATORS])
def test_a_filter_is_deleted_by_its_owner_or_an_administrator(person, role):
    actor = person(role)
    owner = actor if role == Role.AUDITORS else person(Role.AUDITORS)

    saved_filters.delete(actor=actor, saved=save(owner))

    assert not SavedFilter.objects.exists()


def test_another_auditor_does_not_delete_it(ida, person):
    saved = save(ida)

    with pytest.raises(Invalid) as refused:
        saved_filters.delete(actor=person(Role.AUDITORS, "ben"), saved=saved)

    assert refused.value.message == "Only Auditors or an administrator can delete this view."
    assert SavedFilter.objects.exists()


def test_everybody_keeps_views_of_records_and_the_same_name_on_each_page(support):
    for page in ("records", "customers"):
        save(support, query="q=x", page=SavedFilter.Page(page))

    assert set(SavedFilter.objects.values_list("page", "name")) == {
        ("records", "Refusals"),
        ("customers", "Refusals"),
    }


def test_nobody_without_the_right_to_audit_keeps_deletes_or_exports_anything(ida, support):
    saved = save(ida)

    with pytest.raises(Denied) as kept:
        save(support)
    SavedFilter.objects.update(owner=support)
    saved.refresh_from_db()
    with pytest.raises(Denied) as deleted:
        saved_filters.delete(actor=support, saved=saved)
    with pytest.raises(Denied) as exported:
        exports.note(actor=support, table="audit", file_format="csv", filters={}, rows=1)

    assert {denied.value.right for denied in (kept, deleted, exported)} == {Right.AUDIT}


def test_an_export_is_an_event_with_its_filters_and_its_size(ida):
    exports.note(actor=ida, table="audit", file_format="csv", filters={"task": "append"}, rows=17)

    event = AuditEvent.objects.get(kind="export")
    assert (event.actor_id, event.actor_roles, event.source) == (ida.pk, "Auditors", "web")
    assert event.details == {
        "table": "audit",
        "format": "csv",
        "filters": {"task": "append"},
        "rows": 17,
    }


def sentences():
    kinds = ("filter.saved", "filter.deleted")
    return [
        (event.actor_username, str(event_sentence(event)))
        for event in AuditEvent.objects.filter(kind__in=kinds).order_by("number")
    ]


def test_a_filter_that_is_saved_changed_or_deleted_is_an_event(ida, person):
    save(ida)
    save(ida)
    saved = save(ida, query="task=append")
    saved_filters.delete(actor=person(Role.ADMINISTRATORS), saved=saved)
    saved_filters.delete(actor=ida, saved=save(ida))

    assert sentences() == [
        ("auditors", "Saved the view Refusals of Audit: outcome=refused"),
        ("auditors", "Saved the view Refusals of Audit: task=append instead of outcome=refused"),
        ("administrators", "Deleted the view Refusals of Audit, saved by auditors: task=append"),
        ("auditors", "Saved the view Refusals of Audit: outcome=refused"),
        ("auditors", "Deleted the view Refusals of Audit: outcome=refused"),
    ]


def test_a_filter_that_was_not_saved_is_no_event(support):
    with pytest.raises(Denied):
        save(support)

    assert sentences() == []
