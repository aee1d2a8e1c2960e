"""The query string of /audit/: what narrows the log."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.validators import MinLengthValidator
from django.db.models import QuerySet
from django.utils import timezone
from django_filters import CharFilter, ChoiceFilter

from monitors.filters.fields import Filters, MomentFilter, WholeFilter, parse_key
from monitors.limits import MAX_NAME
from monitors.models import AuditEvent, State, Task
from monitors.models.audit_kind import GROUPS
from monitors.selectors import audit
from monitors.selectors.people import everybody
from monitors.selectors.text import search_text
from monitors.wording import zones

Events = QuerySet[AuditEvent]
Named = list[tuple[str, str, str]]
SOURCES = [
    ("web", "Web"),
    ("job", "Job"),
    ("expiry", "Expiry"),
    ("command", "Command"),
    ("refresh", "List"),
    ("outside", "Outside the desk"),
]
GROUPED_KINDS = [(group, [(kind.value, kind.label) for kind in kinds]) for group, kinds in GROUPS.items()]


def people() -> list[tuple[str, str]]:
    """Everybody with an account, by the username that the query string holds."""
    return _choices(everybody())


def _choices(people: Named) -> list[tuple[str, str]]:
    return [(username, _told_apart(username, *names)) for username, *names in people]


def _told_apart(username: str, *names: str) -> str:
    """A full name is no proof of who it is: two may have the same."""
    full_name = " ".join(names).strip()
    return f"{full_name} ({username})" if full_name else username


class AuditFilter(Filters):
    """Each filter alone or together with others; all of them are in the address.

    `named` is everybody with an account, as `selectors.people`, where the caller knows.
    """

    text = CharFilter(
        method="with_text",
        label="Text",
        max_length=MAX_NAME,
        validators=[
            MinLengthValidator(audit.MIN_TEXT_CHARACTERS, f"At least {audit.MIN_TEXT_CHARACTERS} characters.")
        ],
    )
    actor = ChoiceFilter(method="by_actor", label="Who", choices=people, empty_label="Anybody")
    person = CharFilter(method="about_person", label="Account", max_length=150)
    since = MomentFilter(method="since_moment", label="From", may_be_ahead=True)
    until = MomentFilter(method="until_moment", label="To", may_be_ahead=True)
    days = WholeFilter(method="in_days", label="Within (days)", min_value=1, max_value=36500)
    kind = ChoiceFilter(label="Event", choices=lambda: GROUPED_KINDS, empty_label="Anything")
    task = ChoiceFilter(label="Task", choices=lambda: Task.choices, empty_label="Any")
    outcome = ChoiceFilter(label="Outcome", choices=lambda: State.choices, empty_label="Any")
    source = ChoiceFilter(label="Source", choices=lambda: SOURCES, empty_label="Any")
    record = CharFilter(method="on_record", label="Record", max_length=MAX_NAME)
    customer = CharFilter(method="on_customer", label="Customer", max_length=MAX_NAME)
    refresh = WholeFilter(field_name="refresh_id", label="List no.", min_value=1, max_value=2**53)

    always_shown = ("text", "actor", "since", "until")
    changing = ("actor",)  # has choices that people change

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def __init__(self, *args: Any, named: Named | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if named is not None:
            actor: Any = self.form.fields["actor"]
            actor.choices = _choices(named)
        for name in ("since", "until"):
            field = self.form.fields[name]
            field.label = f"{field.label} ({zones.current_name()})"

    def with_text(self, events: Events, _name: str, value: str) -> Events:
        return audit.with_words(events, search_text(value))

    def by_actor(self, events: Events, _name: str, value: str) -> Events:
        return events.filter(actor_id=get_user_model().objects.get(username=value).pk)

    def about_person(self, events: Events, _name: str, value: str) -> Events:
        return audit.about_person(events, value.strip())

    def since_moment(self, events: Events, _name: str, value: datetime) -> Events:
        return audit.since(events, value)

    def until_moment(self, events: Events, _name: str, value: datetime) -> Events:
        return audit.until(events, value)

    def in_days(self, events: Events, _name: str, value: int) -> Events:
        return audit.since(events, timezone.now() - timedelta(days=value))

    def on_record(self, events: Events, _name: str, value: str) -> Events:
        key = parse_key(value)
        return audit.on_record(events, search_text(value)) if key is None else events.filter(record_id=key)

    def on_customer(self, events: Events, _name: str, value: str) -> Events:
        key = parse_key(value)
        if key is not None:
            return events.filter(customer_id=key)
        return audit.on_customer(events, search_text(value))
