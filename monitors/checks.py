"""What a deployment should be told at its start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_mailbox_domains(**_: Any) -> list[CheckMessage]:
    if settings.MONITOR_EMAIL_DOMAINS:
        return []
    return [
        Warning(
            "MONITOR_EMAIL_DOMAINS is empty: samples of customers' mail may be sent to any mailbox.",
            hint="List the domains that may receive samples, separated by commas.",
            id="monitors.W001",
        )
    ]


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
