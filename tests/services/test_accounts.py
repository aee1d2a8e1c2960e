"""Accounts as administrators keep them: each change is theirs, with before and after, and somebody always governs."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.test import Client

from monitors.models import AuditEvent, Right, Role, SsoRole
from monitors.services import accounts, invitations, rights
from monitors.services.errors import Denied, Invalid
from monitors.wording.events import event_sentence

pytestmark = pytest.mark.django_db
NOBODY = {"first_name": "", "last_name": "", "email": ""}


@pytest.fixture
def ben(person):
    return person(Role.ADMINISTRATORS, "ben")


@pytest.fixture
def sam(person):
    return person(Role.SUPPORT, "sam")


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root")


def roles_of(person):
    return rights.roles(User.objects.get(pk=person.pk))


def told(since):
    """What the log says since then: who, about whom, what."""
    events = AuditEvent.objects.filter(number__gt=since).order_by("number")
    return [(event.actor_username, event.person_id, str(event_sentence(event))) for event in events]


def length():
    return AuditEvent.objects.count()


# A new account


def test_a_new_account_has_its_roles_and_no_password(ben):
    since = length()

    eve = accounts.add(
        actor=ben,
        username="eve",
        first_name="Eve",
        last_name="Moss",
        email="eve@northmail.example",
        roles=[Role.SUPPORT, Role.AUDITORS],
    )

    assert roles_of(eve) == (Role.SUPPORT, Role.AUDITORS)
    assert not User.objects.get(username="eve").has_usable_password()
    assert told(since) == [
        ("ben", eve.pk, "Added the account eve"),
        ("ben", eve.pk, "Roles of eve: Auditors, Support instead of none"),
    ]


@pytest.mark.parametrize("username", ["sam", "SAM", "ѕam", "sam keller", "", "s" * 151])
def test_a_user_name_is_plain_and_nobody_elses(ben, sam, username):
    """ѕ is a letter of another script, and looks the same."""
    with pytest.raises(Invalid) as refused:
        accounts.add(actor=ben, username=username, roles=[], **NOBODY)

    assert refused.value.field == "username"
    assert not User.objects.exclude(pk__in=[ben.pk, sam.pk]).exists()


# What somebody is called


def test_another_name_and_address_are_an_event(ben, sam):
    since = length()

    accounts.change(actor=ben, person=sam, first_name="Sam", last_name="Rivera", email="s@northmail.example")

    sam.refresh_from_db()
    assert (sam.get_full_name(), sam.email, sam.username) == ("Sam Rivera", "s@northmail.example", "sam")
    assert told(since) == [
        (
            "ben",
            sam.pk,
            "Changed the account sam: first name from Support to Sam, last name from nothing to Rivera, "
            "e-mail from nothing to s@northmail.example",
        )
    ]


@pytest.mark.parametrize(
    ("field", "value"), [("email", "no address"), ("first_name", "x" * 151), ("last_name", "x" * 151)]
)
def test_a_name_or_address_that_fits_nowhere_is_refused(ben, sam, field, value):
    with pytest.raises(Invalid) as refused:
        accounts.change(actor=ben, person=sam, **NOBODY | {field: value})

    assert refused.value.field == field


# Roles


def test_roles_are_exactly_those_that_were_chosen_by_one_event(ben, sam):
    since = length()

    accounts.set_roles(actor=ben, person=sam, roles=[Role.AUDITORS, Role.ACCOUNT_MANAGERS])
    accounts.set_roles(actor=ben, person=sam, roles=[Role.ACCOUNT_MANAGERS, Role.AUDITORS])

    assert roles_of(sam) == (Role.ACCOUNT_MANAGERS, Role.AUDITORS)
    assert told(since) == [("ben", sam.pk, "Roles of sam: Account managers, Auditors instead of Support")]


def test_a_group_that_is_no_role_stays(ben, sam):
    sam.groups.add(Group.objects.create(name="Football"))

    accounts.set_roles(actor=ben, person=sam, roles=[])

    assert list(sam.groups.values_list("name", flat=True)) == ["Football"]


# Coming in


def test_whoever_is_deactivated_may_do_nothing_until_they_are_reactivated(ben, sam):
    since = length()

    accounts.deactivate(actor=ben, person=sam)
    assert roles_of(sam) == ()
    accounts.reactivate(actor=ben, person=sam)

    assert roles_of(sam) == (Role.SUPPORT,)
    assert told(since) == [
        ("ben", sam.pk, "Deactivated the account sam"),
        ("ben", sam.pk, "Reactivated the account sam"),
    ]


def test_whoever_never_had_a_password_is_invited_and_others_get_another(ben, sam, django_user_model):
    eve = django_user_model.objects.create_user("eve")
    sam.set_password("a long enough one")
    sam.save()
    since = length()

    links = [accounts.make_link(actor=ben, person=somebody).link for somebody in (eve, sam)]

    assert [link.person for link in map(link_of, links)] == [eve, sam]
    assert not User.objects.get(username="sam").has_usable_password()
    assert told(since) == [
        ("ben", eve.pk, "Made an invitation for eve"),
        ("ben", sam.pk, "Changed the account sam: password"),
        ("ben", sam.pk, "Made a link for a new password for sam"),
    ]


def signed_in(person):
    """At a browser of their own."""
    if not person.check_password("a long enough one"):
        person.set_password("a long enough one")
        person.save()
    browser = Client()
    browser.post("/accounts/login/", {"username": person.username, "password": "a long enough one"})
    return browser


def link_of(address):
    return invitations.link_of(address.rstrip("/").rpartition("/")[2])


def test_whoever_is_deactivated_has_no_link_and_no_session_left(ben, sam):
    link = accounts.make_link(actor=ben, person=sam).link
    client = signed_in(sam)

    accounts.deactivate(actor=ben, person=sam)
    accounts.reactivate(actor=ben, person=sam)

    assert link_of(link) is None
    assert client.get("/customers/").status_code == 302
    accounts.deactivate(actor=ben, person=sam)
    with pytest.raises(Invalid, match="Reactivate it first"):
        accounts.make_link(actor=ben, person=sam)


def test_somebody_is_signed_out_everywhere(ben, sam):
    browsers = [signed_in(sam), signed_in(sam)]
    since = length()

    assert accounts.end_sessions(actor=ben, person=sam) == 2

    assert {browser.get("/customers/").status_code for browser in browsers} == {302}
    assert told(since) == [("ben", sam.pk, "Ended 2 sessions of sam")]


def test_a_lost_second_factor_is_taken_away(ben, sam):
    Authenticator.objects.create(user=sam, type=Authenticator.Type.TOTP, data={})
    since = length()

    assert accounts.forget_second_factor(actor=ben, person=sam) == 1

    assert not Authenticator.objects.exists()
    assert told(since) == [("ben", sam.pk, "Removed the authenticator app of sam")]


def test_a_role_of_single_sign_on_stays_until_that_takes_it(ben, sam):
    SsoRole.objects.create(person=sam, role=Role.SUPPORT)

    accounts.set_roles(actor=ben, person=sam, roles=[Role.AUDITORS])

    assert roles_of(sam) == (Role.SUPPORT, Role.AUDITORS)


# Somebody always governs


def test_nobody_takes_their_own_right_to_govern(ben, person):
    person(Role.ADMINISTRATORS, "another")

    with pytest.raises(Invalid, match="Ask another one") as roles:
        accounts.set_roles(actor=ben, person=ben, roles=[Role.AUDITORS])
    with pytest.raises(Invalid, match="Ask another administrator"):
        accounts.deactivate(actor=ben, person=ben)

    assert roles.value.field == "roles"
    assert roles_of(ben) == (Role.ADMINISTRATORS,)


@pytest.mark.parametrize("change", ["make_link", "forget_second_factor"])
def test_ones_own_password_and_factor_are_changed_elsewhere(ben, change):
    with pytest.raises(Invalid, match="under Your account"):
        CHANGES[change](ben, ben)


def test_an_administrator_may_change_their_other_roles(ben):
    accounts.set_roles(actor=ben, person=ben, roles=[Role.ADMINISTRATORS, Role.AUDITORS])

    assert roles_of(ben) == (Role.ADMINISTRATORS, Role.AUDITORS)


def test_of_two_who_take_each_others_right_one_keeps_it(ben, person):
    """Both pages were open, and both are still sure of their right."""
    eve = person(Role.ADMINISTRATORS, "eve")
    rights.roles(ben), rights.roles(eve)

    accounts.set_roles(actor=ben, person=eve, roles=[])
    with pytest.raises(Denied):
        accounts.set_roles(actor=eve, person=ben, roles=[])

    assert roles_of(ben) == (Role.ADMINISTRATORS,)


def test_a_superuser_needs_no_role_and_may_give_it_away(root):
    accounts.set_roles(actor=root, person=root, roles=[])

    assert rights.may(User.objects.get(username="root"), Right.GOVERN)


CHANGES = {
    "change": lambda actor, person: accounts.change(actor=actor, person=person, **NOBODY),
    "set_roles": lambda actor, person: accounts.set_roles(actor=actor, person=person, roles=[]),
    "make_link": lambda actor, person: accounts.make_link(actor=actor, person=person),
    "end_sessions": lambda actor, person: accounts.end_sessions(actor=actor, person=person),
    "forget_second_factor": lambda actor, person: accounts.forget_second_factor(actor=actor, person=person),
    "deactivate": lambda actor, person: accounts.deactivate(actor=actor, person=person),
    "reactivate": lambda actor, person: accounts.reactivate(actor=actor, person=person),
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_a_superuser_changes_a_superuser(ben, root, change):
    since = length()

    with pytest.raises(Invalid, match="root is a superuser"):
        CHANGES[change](ben, root)

    assert told(since) == []


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", [Role.AUDITORS, Role.SUPPORT, Role.ACCOUNT_MANAGERS])
def test_nobody_but_administrators_changes_accounts(person, role, change):
    somebody, victim = person(role), person(Role.SUPPORT, "victim")
    since = length()

    with pytest.raises(Denied):
        CHANGES[change](somebody, victim)
    with pytest.raises(Denied):
        accounts.add(actor=somebody, username="eve", roles=[], **NOBODY)

    assert told(since) == []
