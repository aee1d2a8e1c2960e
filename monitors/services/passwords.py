"""Changing one's own password."""

from django.contrib.auth.models import User

from monitors.services import people_log, sign_ins


def change(person: User, current: str, new: str, *, address: str | None) -> bool:
    """Whether `current` was right; `new` is judged by the form. Raises sign_ins.NotJudged."""
    found = sign_ins.by_password(person.get_username(), current, address=address)
    if found is None or found.pk != person.pk:
        return False
    person.set_password(new)
    with people_log.acting(person):
        person.save(update_fields=["password"])
    return True
