"""One-time links: by an invitation somebody chooses a password, once; nobody else can, and not for ever."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone

from monitors.models import AccessLink, AuditEvent, Role
from monitors.services import clock, invitations
from monitors.services.errors import Denied
from tests.views.pages import text

pytestmark = pytest.mark.django_db
NEW = {"password": "quite a long one", "again": "quite a long one"}


@pytest.fixture
def ben(person):
    return person(Role.ADMINISTRATORS, "ben")


@pytest.fixture
def eva():
    return User.objects.create_user("eva", first_name="Eva", last_name="Berg")


def path_of(link):
    return link.removeprefix("http://localhost:8000")


def test_an_invited_person_chooses_a_password_and_signs_in_with_it(client, ben, eva):
    path = path_of(invitations.invite(actor=ben, person=eva).link)
    assert "For Eva Berg, username eva" in text(client.get(path))

    assert client.post(path, NEW).headers["Location"] == "/accounts/login/"

    answer = client.post("/accounts/login/", {"username": "eva", "password": NEW["password"]})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(eva.pk)


def test_looking_uses_nothing_up_and_using_it_does(client, ben, eva):
    path = path_of(invitations.invite(actor=ben, person=eva).link)
    for _ in range(3):
        assert client.get(path).status_code == 200

    client.post(path, NEW)

    for answer in (client.get(path), client.post(path, NEW)):
        assert answer.status_code == 410
        assert "This link works no more" in text(answer)


@pytest.mark.parametrize(("hours", "status"), [(71, 200), (73, 410)])
def test_an_invitation_lasts_three_days(client, ben, eva, hours, status):
    path = path_of(invitations.invite(actor=ben, person=eva).link)
    then = timezone.now() + timedelta(hours=hours)

    with clock.reading(lambda: then):
        assert client.get(path).status_code == status


def test_a_newer_link_replaces_the_older(client, ben, eva):
    old, new = (path_of(invitations.invite(actor=ben, person=eva).link) for _ in range(2))

    assert (client.get(old).status_code, client.get(new).status_code) == (410, 200)


def test_nobody_who_may_not_sign_in_chooses_a_password(client, ben, eva):
    path = path_of(invitations.invite(actor=ben, person=eva).link)
    eva.is_active = False
    eva.save()

    assert client.post(path, NEW).status_code == 410


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (NEW | {"again": "another"}, "The two are not the same."),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"password": "eva berg eva berg", "again": "eva berg eva berg"}, "too similar"),
    ],
)
def test_a_bad_password_uses_nothing_up(client, ben, eva, form, words):
    eva.first_name = "eva berg eva berg"
    eva.save()
    path = path_of(invitations.invite(actor=ben, person=eva).link)

    answer = client.post(path, form)

    assert answer.status_code == 422
    assert words in text(answer)
    assert client.get(path).status_code == 200


def test_only_the_hash_of_a_link_is_kept(ben, eva):
    link = invitations.invite(actor=ben, person=eva).link

    assert AccessLink.objects.get().digest not in link
    assert link.rstrip("/").rpartition("/")[2] not in str(list(AuditEvent.objects.values()))


def test_making_one_is_an_event_and_so_is_the_password(client, ben, eva):
    path = path_of(invitations.invite(actor=ben, person=eva).link)
    made = AuditEvent.objects.latest("number")
    client.post(path, NEW)
    changed = AuditEvent.objects.latest("number")

    assert (made.kind, made.actor_id, made.person_id) == ("link_made", ben.pk, eva.pk)
    assert (changed.kind, changed.actor_id, changed.person_id) == ("person_changed", eva.pk, eva.pk)


@pytest.mark.parametrize("make", [invitations.invite, invitations.reset])
def test_only_who_governs_makes_links(make, manager, eva):
    with pytest.raises(Denied):
        make(actor=manager, person=eva)


def test_a_reset_takes_the_password_and_the_sessions_away_at_once(client, ben, eva):
    eva.set_password("the old long one")
    eva.save()
    client.post("/accounts/login/", {"username": "eva", "password": "the old long one"})

    path = path_of(invitations.reset(actor=ben, person=eva).link)

    assert client.get("/customers/").status_code == 302
    assert not User.objects.get(pk=eva.pk).has_usable_password()
    assert client.post(path, NEW).status_code == 302


# By e-mail


@pytest.fixture
def post(settings):
    settings.EMAIL_HOST, settings.DESK_URL = "mail.northmail.example", "https://desk.northmail.example"


def test_where_e_mail_is_configured_the_link_goes_to_the_person_alone(ben, eva, post):
    eva.email = "eva@northmail.example"
    eva.save()

    delivery = invitations.invite(actor=ben, person=eva)

    assert (delivery.link, delivery.sent_to) == ("", "eva@northmail.example")
    assert mail.outbox[0].to == ["eva@northmail.example"]
    assert "https://desk.northmail.example/accounts/link/" in mail.outbox[0].body


def test_a_link_that_could_not_be_sent_is_shown(ben, eva, post, monkeypatch):
    def fail(*_args, **_options):
        raise OSError("no route")

    eva.email = "eva@northmail.example"
    eva.save()
    monkeypatch.setattr(invitations, "send_mail", fail)

    assert invitations.invite(actor=ben, person=eva).link


def test_somebody_without_an_address_is_given_it_by_hand(ben, eva, post):
    assert invitations.invite(actor=ben, person=eva).link
    assert mail.outbox == []
