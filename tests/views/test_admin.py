"""Django's admin is behind the desk's sign-in page, for superusers alone, and needs a fresh proof."""

import time

import pytest
from django.contrib.auth.models import User

from monitors.models import Role

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
