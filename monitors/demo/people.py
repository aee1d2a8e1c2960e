"""One demo account for each role."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, User

from monitors.models import Role

PASSWORD = "demo"  # noqa: S105 - printed on the screen, for the loopback alone


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    first_name: str
    last_name: str
    role: Role


PEOPLE = (
    Person("ana", "Ana", "Keller", Role.ACCOUNT_MANAGERS),
    Person("sam", "Sam", "Rivera", Role.SUPPORT),
    Person("ben", "Ben", "Okafor", Role.ADMINISTRATORS),
    Person("ida", "Ida", "Lund", Role.AUDITORS),
)


def make_people() -> dict[str, User]:
    """The accounts by username, made where they are missing."""
    return {person.username: _make(person) for person in PEOPLE}


def _make(person: Person) -> User:
    user, is_new = User.objects.get_or_create(
        username=person.username,
        defaults={"first_name": person.first_name, "last_name": person.last_name},
    )
    if is_new:
        user.set_password(PASSWORD)
        user.is_staff = person.role is Role.ADMINISTRATORS
        user.save()
        user.groups.add(Group.objects.get(name=person.role))
    return user
