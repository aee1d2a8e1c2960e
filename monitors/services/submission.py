"""What comes with every write: who asks for it, and why."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from monitors.models import Change, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Who asks for a write and why, from the form to the operation.

    `token` is the form's own number, which makes a double click one operation; `request_id` finds the web
    request in the log. `is_insisted`: SendGrid does not answer, and the person was told and sends it anyway.
    `change` is the one of a plan that it carries out.
    """

    actor: User | None  # None: the desk itself, at an end that was set
    reason: str = ""
    token: UUID | None = None
    request_id: str = ""
    source: Source = Source.WEB
    is_insisted: bool = False
    change: Change | None = None

    @property
    def person(self) -> User:
        """Who asks, where only people may."""
        assert self.actor is not None
        return self.actor
