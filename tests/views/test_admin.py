"""Django's admin is behind the desk's sign-in page, for superusers alone, and needs a fresh proof."""

import time

import pytest
from django.contrib.auth.models import User

from monitors.models import Role
from monitors.services import writers_lock

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    client.force_login(User.objects.create_superuser("root", password="a long enough one"))
    return client


def test_a_stranger_is_led_to_the_one_sign_in_page_and_back(client):
    asked = client.get("/admin/auth/user/", follow=True)

    assert asked.redirect_chain[-1][0] == "/accounts/login/?next=/admin/auth/user/"


def test_an_administrator_has_nothing_there(as_role):
    answer = as_role(Role.ADMINISTRATORS).get("/admin/auth/user/", follow=True)

    assert answer.redirect_chain[-1][0] == "/"


def test_a_superuser_sees_people_but_nobodys_second_factor_or_sessions(root):
    page = root.get("/admin/").content.decode()

    assert "/admin/auth/user/" in page
    for theirs in ("mfa", "usersessions", "socialaccount", "account"):
        assert f"/admin/{theirs}/" not in page


def test_it_needs_a_fresh_proof(root):
    session = root.session
    session["signed_in_at"] = time.time() - 11 * 60
    session.save()

    answer = root.get("/admin/auth/user/")

    assert answer.headers["Location"] == "/accounts/confirm/?next=%2Fadmin%2Fauth%2Fuser%2F"


def whole_form(page):
    """What the page of an account would send as it is."""
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    moments = {f"{name}_{part}": "" for name in ("last_login", "date_joined") for part in (0, 1)}
    joined = form.instance.date_joined
    return (
        {name: value for name, value in values.items() if value not in (None, False)}
        | moments
        | {
            "date_joined_0": joined.date().isoformat(),
            "date_joined_1": joined.time().isoformat("seconds"),
        }
    )


@pytest.mark.parametrize("taken", ["is_active", "is_superuser", "is_staff"])
def test_nobody_takes_the_right_to_govern_from_themselves(root, taken):
    me = User.objects.get()
    address = f"/admin/auth/user/{me.pk}/change/"
    sent = whole_form(root.get(address))
    del sent[taken]

    page = root.post(address, sent)

    assert "Nobody takes this from their own account." in page.content.decode()
    assert getattr(User.objects.get(), taken)


def test_a_superuser_changes_their_own_name_and_another_ones_rights(root):
    me, other = User.objects.get(), User.objects.create_superuser("other")
    for person, changed in ((me, {"first_name": "Rosa"}), (other, {"is_superuser": ""})):
        address = f"/admin/auth/user/{person.pk}/change/"
        sent = {
            name: value for name, value in (whole_form(root.get(address)) | changed).items() if value != ""
        }

        assert root.post(address, sent).status_code == 302

    assert User.objects.get(pk=me.pk).first_name == "Rosa"
    assert not User.objects.get(pk=other.pk).is_superuser


def test_nobody_deletes_their_own_account_alone_or_with_others(root):
    me = User.objects.get()

    assert root.post(f"/admin/auth/user/{me.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [me.pk], "post": "yes"}
    root.post("/admin/auth/user/", chosen)

    assert User.objects.filter(pk=me.pk).exists()


def test_whoever_lost_the_right_meanwhile_changes_nothing(root, monkeypatch):
    me, other = User.objects.get(), User.objects.create_superuser("other")
    address = f"/admin/auth/user/{other.pk}/change/"
    sent = {name: value for name, value in whole_form(root.get(address)).items() if name != "is_superuser"}
    take = writers_lock.take

    def demoted_while_waiting():
        User.objects.filter(pk=me.pk).update(is_superuser=False)
        return take()

    monkeypatch.setattr(writers_lock, "take", demoted_while_waiting)

    assert root.post(address, sent).status_code == 403
    assert User.objects.get(pk=other.pk).is_superuser
