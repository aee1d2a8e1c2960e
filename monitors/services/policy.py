"""Our rules on top of the API's: which mailboxes may receive samples, and what needs a reason."""

from django.conf import settings

from monitors.services.errors import Invalid


def check_mailbox(email: str, *, field: str) -> None:
    """Raise Invalid when MONITOR_EMAIL_DOMAINS does not allow the mailbox."""
    if not is_allowed(email):
        domains = ", ".join(settings.MONITOR_EMAIL_DOMAINS)
        raise Invalid(field, f"Samples may only go to mailboxes at {domains}.")


def is_allowed(email: str) -> bool:
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    return not domains or email.rpartition("@")[2].lower() in domains


def check_reason(reason: str, *, task: str) -> None:
    """Raise Invalid when REQUIRE_REASON asks for one and there is none."""
    if task in settings.REQUIRE_REASON and not reason.strip():
        raise Invalid("reason", "Enter a reason or ticket.")
