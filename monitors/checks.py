"""What a deployment should be told at its start.

What is asked of the database takes `--database default`, as with Django's own checks: `check --deploy` alone must be
possible where there is none yet.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from config.env import is_loopback
from monitors.models import Mirror
from monitors.services import first_run
from monitors.services.first_run import Item
from monitors.services.log import guarding

IDS = {
    "domains": "monitors.W001",
    "credentials": "monitors.W003",
    "people": "monitors.W004",
    "worker": "monitors.W005",
    "list": "monitors.W006",
}


@register(Tags.database)
def check_guards(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked for by `check --database default`, and before each migration."""
    if not databases or not guarding.is_migrated():
        return []
    return [
        Warning(
            f"The history is not guarded: {problem}.",
            hint="Find out who took it away and what was changed (manage.py verify_audit --history); "
            "manage.py migrate makes it again.",
            id="monitors.W008",
        )
        for problem in guarding.problems()
    ]


@register(Tags.security, deploy=True)
def check_mailbox_domains(**_: Any) -> list[CheckMessage]:
    return _messages([first_run.domains()])


@register(Tags.security, deploy=True)
def check_security_contact(**_: Any) -> list[CheckMessage]:
    if settings.SECURITY_CONTACT:
        return []
    return [
        Warning(
            "SECURITY_CONTACT is empty: nobody learns from /.well-known/security.txt whom to tell of a hole.",
            hint="Name an address: mailto:… or https://…",
            id="monitors.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_breached_passwords(**_: Any) -> list[CheckMessage]:
    if settings.BREACHED_PASSWORDS:
        return []
    return [
        Warning(
            "BREACHED_PASSWORDS is empty: of breached passwords only the commonest are refused.",
            hint="Name a file or a folder of Have I Been Pwned's SHA-1 hashes (docs/deployment.md).",
            id="monitors.W009",
        )
    ]


@register(Tags.security, deploy=True)
def check_mail(**_: Any) -> list[CheckMessage]:
    host = settings.EMAIL_HOST
    if not host or is_loopback(host) or settings.MAIL_TLS:
        return []
    return [
        Warning(
            f"Mail goes to {host} in plain text: whoever is on the way reads links that choose a password.",
            hint="Leave EMAIL_USE_TLS out, or set it to true.",
            id="monitors.W010",
        )
    ]


@register(Tags.database, deploy=True)
def check_first_run(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """All that the checklist on Home tells and the settings alone do not."""
    if not databases:
        return []
    try:
        mirror = Mirror.objects.filter(pk=1).first() or Mirror()
        found = first_run.items(mirror)
    except DatabaseError as error:
        hint = "Run `manage.py migrate`."
        return [Warning(f"The database cannot be read: {error}", hint=hint, id="monitors.W007")]
    return _messages([item for item in found if item.key != "domains"])


def _messages(found: Sequence[Item]) -> list[CheckMessage]:
    return [
        Warning(f"{item.title}: {item.how}", hint=item.to_do, id=IDS[item.key])
        for item in found
        if not item.is_done
    ]
