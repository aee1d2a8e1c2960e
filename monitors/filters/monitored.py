"""The query string of /monitored/: a moment, and what narrows the table."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_filters import BooleanFilter, CharFilter, ChoiceFilter

from monitors.filters.fields import (
    Filters,
    MomentFilter,
    WholeFilter,
    parse_key,
    query_parameters,
)
from monitors.limits import MAX_NAME
from monitors.models import Attachment, MonitorRecord, Role
from monitors.selectors import ends, monitored
from monitors.selectors.text import search_text
from monitors.wording import zones

Attachments = QuerySet[Attachment]
ATTACHED_BY = [
    *((role.value, role.value) for role in Role),
    ("outside", "Outside the desk"),
    ("first-list", "Before the first list"),
]
ENDS = [(ends.TODAY, "That day"), (ends.WEEK, "That week"), (ends.NONE, "No end")]


class MonitoredFilter(Filters):
    """`moment` is the one in the query string, else now; all other filters narrow what lasted then."""

    at = MomentFilter(method="unchanged", label="At")
    record = CharFilter(method="of_record", label="Record", max_length=MAX_NAME)
    customer = CharFilter(method="of_customer", label="Customer", max_length=MAX_NAME)
    domain = CharFilter(method="to_domain", label="Mailbox or domain", max_length=MAX_NAME)
    role = ChoiceFilter(
        method="by_role", label="Attached by (role)", choices=lambda: ATTACHED_BY, empty_label="Any"
    )
    days = WholeFilter(method="longer_than", label="Longer than (days)", min_value=1, max_value=36500)
    ends = ChoiceFilter(method="by_end", label="Ends", choices=lambda: ENDS, empty_label="Any time")
    no_reason = BooleanFilter(method="without_reason", label="Without a reason", widget=forms.CheckboxInput)

    always_shown = ("at", "record", "customer")

    class Meta:
        model = Attachment
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        self.form.fields["at"].label = f"At ({zones.current_name()})"

    @property
    def moment(self) -> datetime:
        at: datetime | None = self.form.cleaned_data.get("at") if self.form.is_valid() else None
        return at or self.now

    @property
    def is_now(self) -> bool:
        return self.moment == self.now

    @property
    def is_narrowing(self) -> bool:
        return any(name != "at" for name in query_parameters(self))

    def attachments(self) -> Attachments:
        return self.narrow(Attachment.objects.lasting_at(self.moment))

    def narrow(self, attachments: Attachments) -> Attachments:
        narrowed: Attachments = super().filter_queryset(attachments)
        return narrowed

    def unchanged(self, attachments: Attachments, _name: str, _value: datetime) -> Attachments:
        return attachments

    def of_record(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        """By its name then or now."""
        key = parse_key(value)
        if key is not None:
            return attachments.filter(record=key)
        text = search_text(value)
        revisions = monitored.revisions(self.moment).filter(name__icontains=text)
        condition = Q(sort_name__contains=text.casefold()) | Q(pk__in=revisions.values("record"))
        return attachments.filter(record__in=MonitorRecord.objects.filter(condition))

    def of_customer(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        key = parse_key(value)
        if key is not None:
            return attachments.filter(customer=key)
        return attachments.filter(customer__sort_name__contains=search_text(value).casefold())

    def to_domain(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        text = search_text(value).lstrip("@")
        matching = Q(email__iexact=text) if "@" in text else Q(email__iendswith=f"@{text}")
        revisions = monitored.revisions(self.moment).filter(matching)
        return attachments.filter(record__in=revisions.values("record"))

    def by_role(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        """The role that somebody had when the customer was put on the record."""
        if value == "first-list":
            return attachments.filter(is_baseline=True)
        if value == "outside":
            return attachments.filter(began_by=None, is_baseline=False)
        started = monitored.began().filter(operation_id=OuterRef("began_by"), actor_roles__contains=value)
        return attachments.filter(Exists(started))

    def longer_than(self, attachments: Attachments, _name: str, value: int) -> Attachments:
        return attachments.filter(since__lt=self.moment - timedelta(days=value))

    def by_end(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        """As it was set, on the day or in the week of the moment."""
        return attachments.filter(ends.condition(value, self.moment, is_now=self.moment == self.now))

    def without_reason(self, attachments: Attachments, _name: str, value: bool) -> Attachments:
        return attachments.filter(reason="") if value else attachments
