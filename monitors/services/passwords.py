"""Changing one's own password, and what no password may be."""

import logging
from pathlib import Path

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from config import breaches
from monitors.services import people_log, sign_ins

logger = logging.getLogger(__name__)
OURS = ("monitordesk", "sendgrid")  # what everybody tries first


class NotOfTheDesk:
    """A validator of passwords, as Django takes them: the desk's own names are known to everybody."""

    def validate(self, password: str, _user: User | None = None) -> None:
        letters = "".join(character for character in password.casefold() if character.isalnum())
        if any(name in letters for name in OURS):
            raise ValidationError("This password is too easily guessed: it names the desk or SendGrid.")

    def get_help_text(self) -> str:
        return "Your password may not name the desk or SendGrid."


class NotBreached:
    """A validator of passwords: none that anybody lost elsewhere, by a file or folder of config.breaches."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def validate(self, password: str, _user: User | None = None) -> None:
        try:
            is_breached = breaches.is_breached(self.path, password)
        except OSError as error:
            logger.error("BREACHED_PASSWORDS cannot be read: %s", error.strerror)  # noqa: TRY400 - no traceback: it names no cause
            raise ValidationError(
                "New passwords cannot be checked at the moment. Tell an administrator."
            ) from error
        if is_breached:
            raise ValidationError("This password was breached elsewhere: others know it. Choose another.")

    def get_help_text(self) -> str:
        return "Your password may not be one that was breached elsewhere."


def change(person: User, current: str, new: str, *, address: str | None) -> bool:
    """Whether `current` was right; `new` is judged by the form. Raises sign_ins.NotJudged."""
    found = sign_ins.by_password(person.get_username(), current, address=address)
    if found is None or found.pk != person.pk:
        return False
    person.set_password(new)
    with people_log.acting(person):
        person.save(update_fields=["password"])
    return True
